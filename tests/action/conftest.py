"""Scenes for the action: one runner's home a session, so that its environment is made once."""

import os
import shutil
import sys
from pathlib import Path

import pytest

HUB = str(Path(__file__).parents[1] / "github")
if HUB not in sys.path:
    sys.path.insert(0, HUB)

from action.acting import copy_of_the_action, tool, warmed  # noqa: E402
from action.scene import Scene  # noqa: E402
from loopback.fixtures import hub  # noqa: E402
from required import absent  # noqa: E402

__all__ = ["hub"]


@pytest.fixture(scope="session")
def action(tmp_path_factory):
    """Return a copy of the action, as GitHub hands it to a runner."""
    return copy_of_the_action(tmp_path_factory.mktemp("action") / "repro-action")


@pytest.fixture(scope="session")
def home(tmp_path_factory, action):
    """Return the home of the runner; workers of one session share its tool cache, where a lock is held."""
    tool()
    if shutil.which("git") is None:
        absent("git", "git is not installed")
    kept = os.environ.get("REPRO_TEST_RUNNER_FOLDER")
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen-") else base
    # For people who work on the action: its environment stays from session to session.
    made = Path(kept) if kept else shared / "runner"
    failed = warmed(made, action)
    if failed:
        absent("index", f"the action's environment cannot be made here: {failed}")
    return made


@pytest.fixture
def scene(hub, home, action, tmp_path):
    return Scene(hub, tmp_path, home, action)
