# SPDX-License-Identifier: Apache-2.0
"""The steps of a verified run as the formulation of a CycloneDX bill: a workflow, and a task a step."""

from __future__ import annotations

import shlex

from repro_action.codec.canonical import Json
from repro_action.evidence.step_evidence import StepEvidence, scalar_text, step_evidence
from repro_action.evidence.verified_run import VerifiedRun
from repro_action.fingerprint import MaterialKind

_PREFIX = {"code": "code:", "data": "data:"}


def formulation(run: VerifiedRun) -> dict[str, Json]:
    """Return how the model was made."""
    steps = step_evidence(run)
    settings: list[Json] = [
        {"name": name, "value": scalar_text(value)}
        for name, value in sorted(run.fingerprint.materials.get(MaterialKind.DETERMINISM, {}).items())
    ]
    return {
        "bom-ref": "formula",
        "workflows": [
            {
                "bom-ref": "workflow",
                "uid": "repro",
                "name": "repro verify",
                "taskTypes": ["build"],
                **({"inputs": [{"environmentVars": settings}]} if settings else {}),
                "tasks": [_task(run, step) for step in steps],
                "taskDependencies": _dependencies(steps),
            }
        ],
    }


def _task(run: VerifiedRun, step: StepEvidence) -> dict[str, Json]:
    inputs: list[Json] = [
        {"resource": {"ref": f"{_PREFIX[file.role]}{file.path}"}}
        for file in step.inputs
        if file.role in _PREFIX
    ]
    params: list[Json] = [{"name": name, "value": scalar_text(value)} for name, value in step.params]
    if params:
        inputs.append({"parameters": params})
    written = {file.path for file in step.outputs if file.role == "product"}
    outputs: list[Json] = [
        {"type": "artifact", "resource": {"ref": f"file:{file.path}"}}
        for file in run.files
        if file.product in written
    ]
    return {
        "bom-ref": f"step:{step.name}",
        "uid": step.name,
        "name": step.name,
        "taskTypes": ["build"],
        "steps": [{"commands": [{"executed": shlex.join(step.command)}]}],
        **({"inputs": inputs} if inputs else {}),
        **({"outputs": outputs} if outputs else {}),
    }


def _dependencies(steps: tuple[StepEvidence, ...]) -> list[Json]:
    writers = {file.path: step.name for step in steps for file in step.outputs}
    found: list[Json] = []
    for step in steps:
        needs = {writers[file.path] for file in step.inputs if file.role == "intermediate"}
        found.append({"ref": f"step:{step.name}", "dependsOn": [f"step:{name}" for name in sorted(needs)]})
    return found
