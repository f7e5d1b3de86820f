"""Every workflow that this repository holds: to copy, its own, and the one of the template."""

from typing import Any

import yaml
from action.acting import ROOT

EXAMPLES = sorted((ROOT / "examples" / "workflows").glob("*.yml"))
OWN = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TEMPLATE = sorted((ROOT / "nix" / "template" / ".github" / "workflows").glob("*.yml"))
WORKFLOWS = (*EXAMPLES, *OWN, *TEMPLATE)


CALLED = ROOT / ".github" / "workflows" / "verify.yml"
"""The workflow that others call."""


def uses_of(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    """What a workflow uses of ours: steps with the action, and jobs that call the workflow."""
    jobs = workflow["jobs"].values()
    steps = [step for job in jobs for step in job.get("steps", ())]
    return [one for one in (*jobs, *steps) if one.get("uses", "").startswith(("org/repro-action", "./"))]


def granted(workflow: dict[str, Any]) -> dict[str, dict[str, str]]:
    """What each job of a workflow is allowed."""
    return {name: job["permissions"] for name, job in workflow["jobs"].items()}


def loaded(file) -> dict[str, Any]:
    """YAML 1.1 reads the key `on` as true; this is the workflow with its own word."""
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in document.items()}
