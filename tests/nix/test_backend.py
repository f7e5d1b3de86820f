# SPDX-License-Identifier: Apache-2.0
"""The backend `nix` with real Nix: the shell's variables and packages, its memory, its errors."""

from __future__ import annotations

import json
import shutil
import subprocess
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from e2e.project import git, repro
from nix.backend_project import project, require_nix, variables
from work import counted

from repro_action.config.load import load
from repro_action.environments.nix.backend import NixShell
from repro_action.environments.nix.command import NixProgram, NixResult
from repro_action.errors import EnvironmentUnavailable
from repro_action.interpreter.environment import Environment
from repro_action.progress import Progress, Silent


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """Real Nix that notes what it was asked."""

    real: NixProgram
    asked: list[str] = field(default_factory=list)

    def run(self, arguments: Sequence[str], *, folder: Path, progress: Progress | None = None) -> NixResult:
        self.asked.append(arguments[0])
        return self.real.run(arguments, folder=folder, progress=progress)


class Place:
    """A project with a flake, and the backend on it."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.folder = folder
        self.root = project(folder)
        self.environ = variables(folder, **more)
        self.nix = Counting(real=NixProgram(environ=self.environ))
        self.backend = NixShell(environ=self.environ, nix=self.nix)

    def prepare(self) -> Environment:
        return self.backend.prepare(load(self.root / "repro.toml"), Silent())

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    require_nix()
    return Place(tmp_path, SECRET_TOKEN="t", EDITOR="vi")


def test_steps_see_the_shells_variables_and_nothing_of_the_caller(place: Place) -> None:
    variables = place.prepare().variables
    assert "hello" == variables["GREETING"]
    assert {"SECRET_TOKEN", "EDITOR", "FROM_HOOK", "TMPDIR", "NIX_CONFIG"}.isdisjoint(variables)
    assert str(place.root / ".repro" / "home") == variables["HOME"]
    assert variables["PATH"].startswith("/nix/store/")


def test_what_inherit_names_comes_along(place: Place) -> None:
    place.edit("repro.toml", 'flake = ".#default"', 'flake = ".#default"\ninherit = ["EDIT*"]')
    assert "vi" == place.prepare().variables["EDITOR"]


def test_the_environment_is_named_by_derivation_and_libraries(place: Place) -> None:
    environment = place.prepare()
    assert environment.identity["shell"].endswith("-shell")
    assert "0.3.30" == environment.identity["library openblas"]
    assert "numpy" in {one.name for one in environment.distributions}
    assert "4 store paths" in environment.facts["closure"]
    assert str(environment.python).startswith("/nix/store/")


def test_a_dirty_tree_is_shown_and_is_no_material(place: Place) -> None:
    clean = place.prepare()
    place.edit("train.py", "import pickle\n", "import pickle  # edited\n")
    dirty = place.prepare()
    assert ("", "with uncommitted changes") == (clean.facts.get("flake", ""), dirty.facts["flake"])
    assert clean.identity == dirty.identity


def test_an_unchanged_flake_costs_no_process_of_nix(place: Place) -> None:
    first = place.prepare()
    place.nix.asked.clear()
    with counted() as work:
        again = place.prepare()
    assert [] == place.nix.asked
    assert first.digest == again.digest
    assert first.variables == again.variables
    assert work.calls < 200_000


def test_an_edit_of_code_and_a_commit_cost_no_evaluation(place: Place) -> None:
    place.prepare()
    place.nix.asked.clear()
    place.edit("train.py", "import pickle\n", "import pickle  # edited\n")
    place.prepare()
    git(place.root, "commit", "--quiet", "--all", "--message", "edit")
    place.prepare()
    assert [] == place.nix.asked


def test_a_shell_made_of_code_is_evaluated_again_when_the_code_changes(place: Place) -> None:
    place.edit(
        "flake.nix", "GREETING = import ./nix/greeting.nix;", "GREETING = builtins.readFile ./train.py;"
    )
    before = place.prepare()
    place.edit("train.py", "import pickle\n", "import pickle  # edited\n")
    after = place.prepare()
    assert before.digest != after.digest
    assert "# edited" in after.variables["GREETING"]


def test_an_edit_of_any_nix_file_makes_another_environment(place: Place) -> None:
    before = place.prepare()
    place.edit("nix/greeting.nix", "hello", "good evening")
    after = place.prepare()
    assert "good evening" == after.variables["GREETING"]
    assert before.digest != after.digest


def test_the_shell_is_kept_from_collection_and_an_older_one_is_not(place: Place) -> None:
    place.prepare()
    place.edit("nix/greeting.nix", "hello", "good evening")
    place.prepare()
    roots = subprocess.run(
        ["nix-store", "--gc", "--print-roots"], env=place.environ, capture_output=True, text=True, check=True
    ).stdout
    mine = [line for line in roots.splitlines() if str(place.folder) in line]
    assert 1 == len(mine)
    assert mine[0].endswith("-shell-env")


def test_a_shell_that_left_the_store_is_realised_again(place: Place) -> None:
    place.prepare()
    entry = next((place.folder / "cache" / "nix").glob("*.json"))
    document = json.loads(entry.read_text())
    document["shell"]["output"] = document["shell"]["output"].replace("shell-env", "gone")
    entry.write_text(json.dumps(document))
    assert place.backend.peek(load(place.root / "repro.toml")) is None
    place.nix.asked.clear()
    place.prepare()
    assert "print-dev-env" in place.nix.asked


def test_peeking_starts_nothing(place: Place) -> None:
    assert place.backend.peek(load(place.root / "repro.toml")) is None
    assert [] == place.nix.asked


def test_a_file_that_git_does_not_track_is_named(place: Place) -> None:
    git(place.root, "rm", "--quiet", "--cached", "nix/greeting.nix")
    with pytest.raises(EnvironmentUnavailable) as caught:
        place.prepare()
    assert "git add nix/greeting.nix" == caught.value.remedy


def test_a_shell_that_is_not_there_is_named(place: Place) -> None:
    place.edit("repro.toml", '".#default"', '".#gpu"')
    with pytest.raises(EnvironmentUnavailable, match="no such dev shell"):
        place.prepare()


def test_an_evaluation_error_shows_what_nix_said(place: Place) -> None:
    place.edit("nix/greeting.nix", '"hello"', "oops")
    with pytest.raises(EnvironmentUnavailable) as caught:
        place.prepare()
    assert "undefined variable 'oops'" in caught.value.why


def test_a_python_from_outside_the_store_is_refused(place: Place) -> None:
    place.edit("flake.nix", "export PATH=$python/bin:", "export PATH=")
    with pytest.raises(EnvironmentUnavailable, match="has no Python"):
        place.prepare()


@pytest.mark.parametrize("backend", ["nix", "nix-build"])
def test_packages_that_a_shell_names_on_pythonpath_are_found_and_recorded(place: Place, backend: str) -> None:
    place.edit("repro.toml", 'backend = "nix"', f'backend = "{backend}"')
    place.edit(
        "flake.nix",
        "mkdir -p $out/bin\n",
        "mkdir -p $out/bin $out/extra/greeter-1.0.dist-info; echo 'HELLO = 1' > $out/extra/greeter.py\n",
    )
    place.edit(
        "flake.nix", "export PATH=$python/bin", "export PYTHONPATH=$python/extra; export PATH=$python/bin"
    )
    place.edit("train.py", "import pickle\n", "import pickle\n\nimport greeter\n\nassert greeter.HELLO\n")
    assert "greeter" in {one.name for one in place.prepare().distributions}
    assert 3 == repro(place.root, "verify", **place.environ).status


def test_a_shell_in_a_store_elsewhere_is_reported(place: Place) -> None:
    place.edit("nix/greeting.nix", "hello", uuid.uuid4().hex)  # the usual store has no such shell
    place.environ["NIX_CONFIG"] += f"store = {place.folder / 'store'}\n"
    with pytest.raises(EnvironmentUnavailable, match="the dev shell is not in"):
        place.prepare()
    subprocess.run(["chmod", "-R", "u+w", str(place.folder / "store")], check=True)


def test_verify_reproduces_and_names_the_shell_when_it_changes(place: Place) -> None:
    def run(*arguments: str):
        return repro(place.root, *arguments, **place.environ)

    assert 3 == run("verify").status
    assert 0 == run("accept").status
    assert 0 == run("verify").status
    shutil.rmtree(place.root / ".repro" / "home")
    place.edit("flake.nix", "openblas-0.3.30", "openblas-0.3.31")
    place.edit("ridge.py", "import numpy as np\n", "import numpy as np\nEPSILON = 0\n")
    value = run("verify", "--json").json
    changed = (
        {row["name"] for row in value["claim"]["materials"]}
        if "materials" in value["claim"]
        else json.dumps(value)
    )
    assert "library openblas" in changed
    assert "reproduced" == value["verdict"]
