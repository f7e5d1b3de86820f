# SPDX-License-Identifier: Apache-2.0
"""One card a step of a verified run: what ran, on what, what came out, how long it took, and where.

Durations are of the one run that the report describes: they are byproducts, and part of no comparison.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from repro_action.codec.canonical import Json, encode_scalar, indented
from repro_action.evidence.step_evidence import StepEvidence, StepFile, scalar_text, step_evidence
from repro_action.evidence.verified_run import VerifiedRun
from repro_action.fingerprint import MaterialKind
from repro_action.report.numbers import number, seconds
from repro_action.report.render.markdown.escape import Markdown, block, code, row
from repro_action.tree import Scalar

VERSION = 1


def run_cards_json(run: VerifiedRun) -> bytes:
    """Return the cards of all steps as canonical JSON."""
    materials = run.fingerprint.materials
    value: Json = {
        "version": VERSION,
        "name": run.name,
        "commit": run.source.commit,
        "fingerprint": run.fingerprint_id,
        "platform": run.platform,
        "environment": _scalars(materials.get(MaterialKind.ENVIRONMENT, {}).items()),
        "environment_digest": run.report.environment_digest,
        "circumstances": dict(run.fingerprint.circumstances),
        "steps": [_card(run, step) for step in step_evidence(run)],
    }
    return indented(value).encode("ascii")


def _card(run: VerifiedRun, step: StepEvidence) -> dict[str, Json]:
    metrics: dict[str, Json] = {
        file.path: _scalars(run.fingerprint.metrics[file.path].items())
        for file in step.outputs
        if file.role == "metrics"
    }
    return {
        "name": step.name,
        "command": list(step.command),
        "state": step.state.value if step.state else "",
        "seconds": step.seconds,
        "inputs": [_file(file) for file in step.inputs],
        "parameters": _scalars(step.params),
        "outputs": [_file(file) for file in step.outputs],
        "metrics": metrics,
    }


def _scalars(pairs: Iterable[tuple[str, Scalar]]) -> dict[str, Json]:
    return {name: encode_scalar(value) for name, value in pairs}


def _file(file: StepFile) -> dict[str, Json]:
    return {"path": file.path, "role": file.role, **({"digest": file.digest} if file.digest else {})}


def run_cards_markdown(run: VerifiedRun) -> str:
    """Return the cards of all steps as Markdown."""
    lines = [
        f"# Run cards of {code(run.name)}",
        "",
        f"Commit {code(run.source.commit)}, fingerprint {code(run.fingerprint_id)}.",
        "",
        *_environment(run),
    ]
    for step in step_evidence(run):
        lines += _step(run, step)
    return "\n".join(lines).rstrip("\n") + "\n"


def _environment(run: VerifiedRun) -> Iterator[str]:
    recorded = run.fingerprint.materials.get(MaterialKind.ENVIRONMENT, {})
    facts = [(code(name), code(scalar_text(value), 200)) for name, value in sorted(recorded.items())]
    if run.report.environment_digest:
        facts.append((Markdown("digest of the environment"), code(run.report.environment_digest)))
    yield from _table("Environment of all steps", ("", ""), facts)
    met = [(code(name), code(value, 200)) for name, value in sorted(run.fingerprint.circumstances.items())]
    yield from _table("The machine, which no run can choose", ("", ""), met)


def _step(run: VerifiedRun, step: StepEvidence) -> Iterator[str]:
    duration = f", {seconds(step.seconds)}" if step.seconds is not None else ""
    yield from (
        f"## {code(step.name)}",
        "",
        f"State: {step.state.value if step.state else 'unknown'}{duration}.",
        "",
    )
    if step.command:
        yield from (block(" ".join(step.command)), "")
    yield from _table("Inputs", ("file", "role", "digest"), [_cells(file) for file in step.inputs])
    params = [(code(name, 300), code(scalar_text(value), 200)) for name, value in step.params]
    yield from _table("Parameters", ("parameter", "value"), params)
    yield from _table("Outputs", ("file", "role", "digest"), [_cells(file) for file in step.outputs])
    metrics = [
        (code(name), code(number(value)), code(file.path, 300))
        for file in step.outputs
        if file.role == "metrics"
        for name, value in sorted(run.fingerprint.metrics[file.path].items())
    ]
    yield from _table("Metrics", ("metric", "value", "file"), metrics)


def _cells(file: StepFile) -> tuple[Markdown, ...]:
    return code(file.path, 300), Markdown(file.role), code(file.digest, 200)


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[Markdown]]) -> Iterator[str]:
    if rows:
        dashes = row(Markdown("---") for _ in head)
        yield from (f"**{title}**", "", row(map(Markdown, head)), dashes, *map(row, rows), "")
