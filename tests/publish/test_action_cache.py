"""The input `cache`: which jobs ask GitHub's cache for environments, and which write it."""

import pytest
from publish.staged import scene

__all__ = ["scene"]

LOCK = f"absent==1.0 --hash=sha256:{'0' * 64}\n"
TRUNK = {"ref": "refs/heads/main", "repository": {"default_branch": "main"}}


@pytest.fixture
def locked(scene, tmp_path):
    """Return a project whose environment is built from a lock, and which the runner has not."""
    scene.patch.setenv("REPRO_CACHE_DIR", str(tmp_path / "cache"))
    (scene.root / "requirements.lock").write_text(LOCK, encoding="utf-8")
    scene.edit('backend = "current"', 'backend = "venv"\nlock = "requirements.lock"', file="repro.toml")
    scene.commit("lock")
    return scene


def asked(scene, event, payload, ref="", **inputs):
    _, outputs, _, _ = scene.stages(event, payload, only=("prepare",), ref=ref, **inputs)
    return outputs["environments"], outputs["environments-key"], outputs["environments-save"]


def test_a_job_of_the_default_branch_asks_and_keeps(locked, tmp_path):
    folder, key, saves = asked(locked, "push", TRUNK, "refs/heads/main")
    assert folder.startswith(f"{tmp_path / 'cache' / 'venvs'}/")
    assert "\n" not in folder
    assert (True, "true") == (key.startswith("repro-environments-"), saves)
    (locked.root / "requirements.lock").write_text(LOCK.replace("1.0", "1.1"), encoding="utf-8")
    _, other, _ = asked(locked, "push", TRUNK, "refs/heads/main")
    assert key != other
    assert ("", "", "false") == asked(locked, "push", TRUNK, "refs/heads/main", cache="false")


def test_a_pull_request_finds_nothing_that_an_earlier_commit_of_it_could_have_put_there(locked):
    """Unpacking an entry of the cache can write any file of the runner, and so make any result."""
    for payload in (locked.pull(), locked.pull(fork=True)):
        assert ("", "", "false") == asked(locked, "pull_request", payload)


def test_a_pull_request_takes_part_where_that_is_asked_for_and_a_fork_keeps_nothing(locked):
    for payload, saves in ((locked.pull(), "true"), (locked.pull(fork=True), "false")):
        folder, _, found = asked(locked, "pull_request", payload, cache="pull-requests")
        assert (True, saves) == (bool(folder), found)


def test_other_branches_ask_for_nothing(locked):
    payload = {**TRUNK, "ref": "refs/heads/topic"}
    assert ("", "", "false") == asked(locked, "push", payload, "refs/heads/topic")


def test_commands_with_a_token_that_writes_ask_for_nothing(locked):
    for command in ("plan", "publish"):
        _, outputs, _, _ = locked.stages(
            "push", TRUNK, only=("prepare",), ref="refs/heads/main", command=command
        )
        assert not outputs.get("environments")


def test_an_environment_that_needs_no_building_is_not_asked_for(scene):
    assert ("", "", "false") == asked(scene, "push", TRUNK, "refs/heads/main")
