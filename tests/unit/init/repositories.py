# SPDX-License-Identifier: Apache-2.0
"""Small repositories, what is proposed for them, and a run of what was proposed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

from repro_action.config.load import load
from repro_action.config.model import Config
from repro_action.digest import Digest, digest_bytes
from repro_action.init.propose import Proposal, propose
from repro_action.init.survey import survey
from repro_action.steps.graph import order
from repro_action.steps.inputs import found

SKLEARN = "import joblib\nfrom sklearn.linear_model import Ridge\n"


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"))
    return root


def pin(path: Path) -> Digest:
    return digest_bytes("blake3", path.read_bytes())


def proposed(root: Path) -> tuple[Proposal, Config]:
    proposal = propose(survey(root), pin)
    (root / "repro.toml").write_text(proposal.text)
    config = load(root / "repro.toml")
    order(config.steps, config.data, exists=lambda path: found(root, path))
    return proposal, config


def run(config: Config) -> None:
    """Run the steps in their order and hold them to their outputs, as `verify` does."""
    for step in order(config.steps, config.data, exists=lambda path: found(config.root, path)):
        for output in step.outputs:
            (config.root / output).parent.mkdir(parents=True, exist_ok=True)
        argv = [sys.executable if word == "python" else word for word in step.run]
        subprocess.run(argv, cwd=config.root / step.cwd, env={**os.environ, **step.env}, check=True)
        for output in step.outputs:
            assert (config.root / output).exists(), output
