"""Every workflow that this repository holds: to copy, its own, and the one of the template."""

from typing import Any

import yaml
from action.acting import ROOT

EXAMPLES = sorted((ROOT / "examples" / "workflows").glob("*.yml"))
OWN = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TEMPLATE = sorted((ROOT / "nix" / "template" / ".github" / "workflows").glob("*.yml"))
WORKFLOWS = (*EXAMPLES, *OWN, *TEMPLATE)


def loaded(file) -> dict[str, Any]:
    """YAML 1.1 reads the key `on` as true; this is the workflow with its own word."""
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in document.items()}
