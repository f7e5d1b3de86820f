# SPDX-License-Identifier: Apache-2.0
"""What a change does to the rules that it is judged by, read from git."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from integration.planned import _git, add_model, commit, git, root, write

from repro_action.compare.config_change import ModelState
from repro_action.flows.base_models import model_changes
from repro_action.flows.base_rules import BaseRules
from repro_action.report.build.labels import Labels
from repro_action.report.config_changes import ConfigChanges
from repro_action.runs.project import Project

__all__ = ["_git", "root"]

CONFIGS = ("models/a/repro.toml", "models/b/repro.toml")


def rules(root: Path, folder: str = "models/a", revision: str = "main") -> ConfigChanges | None:
    project = Project.open(root / folder, None)
    found = BaseRules.of(project, revision, Labels(base="main"))
    return None if found is None else found.judged(None, project.config)


def edit(root: Path, old: str, new: str, path: str = "models/a/repro.toml") -> None:
    text = (root / path).read_text()
    assert text.count(old) == 1
    (root / path).write_text(text.replace(old, new))


def models(root: Path, *present: str, patterns: tuple[str, ...] = ("**",)) -> list[tuple[str, str, str]]:
    found = model_changes(root, "main", patterns, present)
    return [(one.state.value, one.config, one.before) for one in found]


def test_nothing_changed_is_nothing(root: Path) -> None:
    edit(root, '[[steps]]\nname = "train"', '# a remark\n[[steps]]\nname = "train"')
    assert rules(root) is None
    assert [] == models(root, *CONFIGS)


@pytest.mark.parametrize(
    ("old", "new", "setting"),
    [
        ('outputs = ["out/model.json"]', 'outputs = ["out/model.json"]\n[sandbox]\nnetwork = true', "sandbox.network"),
        ('outputs = ["out/model.json"]', 'outputs = ["out/model.json"]\n[metrics."out/model.json"]\n', "metrics"),
        ('backend = "venv"\nlock = "requirements.lock"', 'backend = "current"', "environment.backend"),
    ],
)  # fmt: skip
def test_a_setting_that_changed_is_named_with_the_base(root: Path, old: str, new: str, setting: str) -> None:
    edit(root, old, new)
    found = rules(root)
    assert found is not None
    assert ("main", git(root, "rev-parse", "main")[:12]) == (found.base, found.revision)
    assert [setting] == [change.setting for change in found.settings]


def test_what_the_base_did_meanwhile_is_no_change_of_the_branch(root: Path) -> None:
    git(root, "checkout", "--quiet", "main")
    edit(root, 'outputs = ["out/model.json"]', 'outputs = ["out/model.json"]\n[sandbox]\nnetwork = true')
    add_model(root, "models/c")
    commit(root)
    git(root, "checkout", "--quiet", "pr")
    commit(root)
    assert rules(root) is None
    assert [] == models(root, *CONFIGS)


def test_models_that_are_gone_come_or_move_are_named(root: Path) -> None:
    shutil.move(root / "models" / "b", root / "models" / "moved")
    add_model(root, "models/c")
    shutil.rmtree(root / "models" / "a")
    found = models(root, "models/c/repro.toml", "models/moved/repro.toml")
    assert [
        ("removed", "models/a/repro.toml", ""),
        ("moved", "models/moved/repro.toml", "models/b/repro.toml"),
        ("added", "models/c/repro.toml", ""),
    ] == found


def test_only_models_that_the_job_asks_for_are_missed(root: Path) -> None:
    shutil.rmtree(root / "models" / "a")
    assert [] == models(root, "models/b/repro.toml", patterns=("models/b/*",))
    assert [("removed", "models/a/repro.toml", "")] == models(
        root, "models/b/repro.toml", patterns=("models/*",)
    )


def test_without_patterns_the_model_at_the_top_is_the_one(root: Path) -> None:
    git(root, "checkout", "--quiet", "main")
    add_model(root, ".")
    commit(root)
    git(root, "checkout", "--quiet", "-B", "pr")
    (root / "repro.toml").unlink()
    found = model_changes(root, "main", (), CONFIGS)
    assert {("repro.toml", ModelState.REMOVED)} < {(one.config, one.state) for one in found}


def test_a_model_that_moves_is_compared_with_what_it_was(root: Path) -> None:
    shutil.move(root / "models" / "a", root / "models" / "elsewhere")
    edit(root, "\n[[data]]", "\n[sandbox]\nnetwork = true\n[[data]]", "models/elsewhere/repro.toml")
    found = rules(root, "models/elsewhere")
    assert found is not None
    assert "models/a/repro.toml" == found.former
    assert ["sandbox.network"] == [change.setting for change in found.settings]


WEAKER = "\n[sandbox]\nnetwork = true\n[[data]]"


def pyproject(root: Path, path: str) -> str:
    """Return a configuration as a table of `pyproject.toml`."""
    text = re.sub(r"(?m)^(\[+)", r"\1tool.repro.", (root / path).read_text())
    return f'[project]\nname = "x"\n[tool.repro]\n{text}'


def test_a_model_that_leaves_pyproject_for_a_file_of_its_own_is_compared_with_what_it_was(root: Path) -> None:
    own = (root / CONFIGS[0]).read_text()
    git(root, "checkout", "--quiet", "main")
    write(root / "models/a/pyproject.toml", pyproject(root, CONFIGS[0]))
    (root / CONFIGS[0]).unlink()
    commit(root)
    git(root, "checkout", "--quiet", "-B", "pr")
    write(root / "models/a/pyproject.toml", '[project]\nname = "x"\n')
    write(root / CONFIGS[0], own.replace("\n[[data]]", WEAKER))
    found = rules(root)
    assert found is not None
    assert "models/a/pyproject.toml" == found.former
    assert ["sandbox.network"] == [change.setting for change in found.settings]


@pytest.mark.parametrize("replaced", [False, True], ids=["gone", "another model"])
def test_a_model_is_found_by_its_name_whatever_its_file_was_called(root: Path, replaced: bool) -> None:
    own = root / CONFIGS[0]
    text = own.read_text()
    shutil.move(own, root / "models/a/wine.toml")
    if replaced:
        write(own, re.sub(r'name = "a"', 'name = "other"', text))
    edit(root, "\n[[data]]", WEAKER, "models/a/wine.toml")
    project = Project.open(root, Path("models/a/wine.toml"))
    found = BaseRules.of(project, "main", Labels(base="main"))
    assert found is not None
    # Beside another configuration it has a baseline of its own.
    assert ["sandbox.network", *["baseline"] * replaced] == [one.setting for one in found.found.settings]


@pytest.mark.parametrize("linked", ["models/a/repro.toml", "models/a"])
def test_a_model_whose_place_became_a_link_is_compared_with_what_it_was(root: Path, linked: str) -> None:
    moved = root / ("models/a/other.toml" if linked.endswith(".toml") else "models/elsewhere")
    shutil.move(root / linked, moved)
    (root / linked).symlink_to(moved.name)
    edit(root, "\n[[data]]", WEAKER)
    found = rules(root)
    assert found is not None
    assert "models/a/repro.toml" == found.former
    assert "sandbox.network" == found.settings[0].setting


@pytest.mark.parametrize(
    "text", ["name = \n", "\0", "[" * 5_000, 'version = 1\nname = "a"\nsteps = 1\n', "\u202e"]
)
def test_a_base_that_cannot_be_read_is_said_and_stops_nothing(root: Path, text: str) -> None:
    git(root, "checkout", "--quiet", "main")
    kept = (root / "models/a/repro.toml").read_text()
    write(root / "models/a/repro.toml", text)
    commit(root)
    git(root, "checkout", "--quiet", "-B", "pr")
    write(root / "models/a/repro.toml", kept)
    found = rules(root)
    assert found is not None
    assert found.unread
    assert [] == models(root, *CONFIGS)


def test_a_new_model_has_no_rules_to_compare_with(root: Path) -> None:
    add_model(root, "models/c")
    assert rules(root, "models/c") is None
