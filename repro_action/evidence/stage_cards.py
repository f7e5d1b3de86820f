# SPDX-License-Identifier: Apache-2.0
"""The stages of a run as the page of its report shows them."""

from __future__ import annotations

from collections.abc import Collection

from repro_action.evidence.step_evidence import RecordedSteps, StepEvidence, scalar_text, step_evidence
from repro_action.report.model import StepLine
from repro_action.report.numbers import number
from repro_action.report.render import labels
from repro_action.report.render.html.extras import StageCard, StageFile

_STAGES = 500


def stage_cards(run: RecordedSteps, changed: Collection[str] = ()) -> tuple[StageCard, ...]:
    """Return a card a stage.

    Args:
        run: what is recorded of its steps.
        changed: paths that differ from the other side.
    """
    return tuple(_card(run, step, changed) for step in step_evidence(run)[:_STAGES])


def _card(run: RecordedSteps, step: StepEvidence, changed: Collection[str]) -> StageCard:
    line = StepLine(name=step.name, state=step.state, seconds=step.seconds) if step.state else None
    files = [
        tuple(
            StageFile(path=file.path, role=file.role, digest=file.digest, changed=file.path in changed)
            for file in side
        )
        for side in (step.inputs, step.outputs)
    ]
    params = dict.fromkeys(name.partition(": ")[0] for name, _ in step.params)
    files[0] += tuple(StageFile(path=path, role="params", changed=path in changed) for path in params)
    metrics = [
        (name, number(value))
        for file in step.outputs
        if file.role == "metrics"
        for name, value in sorted(run.fingerprint.metrics[file.path].items())
    ]
    return StageCard(
        name=step.name,
        command=step.command,
        state=labels.step(line) if line is not None else "",
        inputs=files[0],
        params=tuple((name, scalar_text(value)) for name, value in step.params),
        outputs=files[1],
        metrics=tuple(metrics),
    )
