# SPDX-License-Identifier: Apache-2.0
"""One store a test session; what one test builds, the next finds built."""

import os
import shutil
from pathlib import Path

import pytest

from nix import standin as real


@pytest.fixture(scope="session")
def standin(tmp_path_factory):
    """Real Nix on a store of its own, with the stand-in for nixpkgs."""
    real.require()
    kept = os.environ.get("REPRO_TEST_NIX_FOLDER")
    if kept:
        # For people who work on the flake: the store stays from session to session.
        shutil.rmtree(Path(kept) / "nixpkgs", ignore_errors=True)
        return real.prepare(Path(kept))
    base = tmp_path_factory.getbasetemp()
    # Workers of one session share its folder's parent.
    shared = base.parent if base.name.startswith("popen-") else base
    return real.prepare(shared / "repro-nix")


@pytest.fixture(scope="session")
def flake(standin, tmp_path_factory):
    """Return a copy of the project's flake, as a reference."""
    return f"path:{real.project(tmp_path_factory.mktemp('flake') / 'repro-action')}"
