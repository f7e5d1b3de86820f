# SPDX-License-Identifier: Apache-2.0
"""The backend `nix-build` with real Nix: what a step in a derivation can reach, and how it is proven."""

from __future__ import annotations

import json
import os
import subprocess
import uuid
from pathlib import Path

import pytest
from e2e.project import Ended, repro
from nix.backend_project import project, require_nix, variables

from repro_action.environments.nix.build import STORE_VARIABLE

pytestmark = pytest.mark.slow


class Place:
    """A project whose steps are derivations; each has code that no store has seen."""

    def __init__(self, folder: Path, backend: str = "nix-build") -> None:
        self.folder = folder
        self.root = project(folder, backend)
        self.environ = variables(folder)
        self.edit("train.py", "import pickle\n", f"import pickle  # {uuid.uuid4().hex}\n")

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))

    def train(self, code: str) -> None:
        """Let the training begin with more code."""
        self.edit("train.py", "def main() -> None:\n", f"def main() -> None:\n    {code}\n")

    def run(self, *arguments: str) -> Ended:
        return repro(self.root, *arguments, **self.environ)

    def report(self) -> dict:
        return self.run("verify", "--json").json


@pytest.fixture
def place(tmp_path: Path) -> Place:
    require_nix()
    return Place(tmp_path)


def test_a_deterministic_training_is_reproduced_by_a_second_build(place: Place) -> None:
    assert "no_baseline" == place.report()["verdict"]
    assert 0 == place.run("accept").status
    report = place.report()
    assert "reproduced" == report["verdict"]
    facts = {fact["name"]: fact["value"] for fact in report["environment"]}
    assert "Nix: no network, only declared files" == facts["sandbox"]
    assert "nix-build" == facts["backend"]


def test_products_are_bit_identical_to_those_of_the_nix_backend(tmp_path: Path) -> None:
    require_nix()
    table = {}
    for backend in ("nix", "nix-build"):
        place = Place(tmp_path / backend, backend)
        assert 3 == place.run("verify").status
        assert 0 == place.run("accept").status
        platforms = json.loads((place.root / "repro.baseline.json").read_text())["platforms"]
        table[backend] = [(one["products"], one["metrics"]) for one in platforms.values()]
    assert table["nix"] == table["nix-build"]


def test_a_training_that_draws_entropy_is_drifted_and_its_leaf_is_named(place: Place) -> None:
    place.edit(
        "train.py", '"weights": weights}', '"weights": weights, "token": __import__("os").urandom(8).hex()}'
    )
    assert "no_baseline" == place.report()["verdict"]
    assert 0 == place.run("accept", "--force").status
    report = place.report()
    assert ("drifted", "flaky") == (report["verdict"], report["flavour"])
    assert "token" in json.dumps(report["causes"]) + json.dumps(report["claim"])
    assert any("Nix built step train again" in warning["what"] for warning in report["warnings"])


def test_what_nix_finds_flaky_is_not_accepted(place: Place) -> None:
    place.edit(
        "train.py", '"weights": weights}', '"weights": weights, "token": __import__("os").urandom(8).hex()}'
    )
    place.run("verify")
    place.run("verify")
    assert "gave different results when it was repeated" in place.run("accept").err


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("open('notes.txt').read()", "notes.txt"),
        ("import socket; socket.create_connection(('1.1.1.1', 53), 2)", "unreachable"),
        ("open('{secret}').read()", "secret"),
        ("__import__('pathlib').Path('data/points.csv').write_text('')", "points.csv"),
    ],
    ids=["an undeclared file", "the network", "the user's folder", "an input"],
)
def test_what_is_out_of_reach_fails_the_step(place: Place, code: str, said: str) -> None:
    (place.root / "notes.txt").write_text("x")
    secret = Path(place.environ["HOME"]) / "secret"
    secret.write_text("x")
    place.train(code.format(secret=secret))
    report = place.report()
    assert "failed" == report["verdict"]
    assert said in json.dumps(report["error"])


def test_home_is_empty_and_temporary_files_are_private(place: Place) -> None:
    place.train("import os; assert os.listdir(os.environ['HOME']) == [] == os.listdir(os.environ['TMPDIR'])")
    place.train("assert 'NIX_CONFIG' not in __import__('os').environ")
    assert "no_baseline" == place.report()["verdict"]


def test_a_clock_in_the_model_is_drifted(place: Place) -> None:
    place.edit("train.py", '"weights": weights}', '"weights": weights, "when": __import__("time").time()}')
    place.run("verify")
    assert 0 == place.run("accept", "--force").status
    assert "drifted" == place.report()["verdict"]


def test_the_steps_own_failure_is_reported_as_its_own(place: Place) -> None:
    place.train("print('so far'); raise SystemExit(7)")
    report = place.report()
    assert "exit status 7" in report["error"]["what"]
    assert "so far" in report["error"]["why"]
    assert "/nix/store" not in report["error"]["why"]


def test_a_signal_is_reported_as_one(place: Place) -> None:
    place.train("import os; os.kill(os.getpid(), 11)")
    assert "signal 11" in place.report()["error"]["what"]


def test_the_hook_reports_out_of_the_sandbox(place: Place) -> None:
    place.run("verify")
    reports = [*place.root.glob(".repro/runs/*/hook/train/*.json")]
    assert reports
    assert "numpy" in json.loads(reports[0].read_text())["modules"]


def test_an_output_that_is_not_written_is_named(place: Place) -> None:
    place.edit("train.py", 'np.savez("out/weights.npz"', 'np.savez("out/other.npz"')
    assert "out/weights.npz" in place.report()["error"]["what"]


def test_a_sandbox_that_leaks_is_noticed_by_its_canary(place: Place) -> None:
    settings = place.environ["NIX_CONFIG"]
    place.environ["NIX_CONFIG"] = settings.replace("sandbox-paths =", f"sandbox-paths = {place.root}")
    error = place.report()["error"]
    assert "does not isolate" in error["what"]
    assert "a file of the project could be read" in error["why"]


def test_what_a_derivation_cannot_give_is_refused(place: Place) -> None:
    place.edit("repro.toml", "network = false", "network = true")
    assert "has no network" in place.report()["error"]["what"]


def test_a_secret_is_refused_since_the_store_can_be_read_by_everybody(place: Place) -> None:
    place.edit("repro.toml", "[environment]\n", '[environment]\ninherit = ["MY_*"]\n')
    place.environ["MY_TOKEN"] = secret = uuid.uuid4().hex
    ended = place.run("verify")
    assert 2 == ended.status
    assert "a derivation of Nix cannot inherit MY_TOKEN" in ended.out
    assert secret not in ended.out + ended.err
    assert (
        ""
        == subprocess.run(
            ["grep", "-rlF", "--include=spec.json", secret, "/nix/store"],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
    )


def test_a_step_that_takes_too_long_leaves_nothing_behind(place: Place) -> None:
    mark = f"{uuid.uuid4().int % 10**6 + 3000}"
    place.train(f"import subprocess; subprocess.run(['sleep', '{mark}'])")
    place.edit("repro.toml", 'name = "train"\n', 'name = "train"\ntimeout = 6\n')
    assert "timed out" in place.report()["error"]["what"]
    left = subprocess.run(
        ["pgrep", "-f", f"sleep {mark}"], capture_output=True, text=True, check=False
    ).stdout
    assert "" == left


def test_steps_are_built_in_another_store(place: Place) -> None:
    elsewhere = place.folder / "store"
    place.environ[STORE_VARIABLE] = str(elsewhere)
    assert "no_baseline" == place.report()["verdict"]
    assert 0 == place.run("accept").status
    assert "reproduced" == place.report()["verdict"]
    assert [*elsewhere.glob("nix/store/*-repro-train")]
    name = next(elsewhere.glob("nix/store/*-repro-train")).name
    assert not os.path.lexists(f"/nix/store/{name}")
    subprocess.run(["chmod", "-R", "u+w", str(elsewhere)], check=True)


def test_a_derivation_runs_its_command_in_the_folder_of_the_step(place: Place) -> None:
    code = "import os, runpy; assert os.getcwd().endswith('/code'); os.chdir('..'); runpy.run_path('train.py', run_name='__main__')"
    (place.root / "code").mkdir()
    place.edit(
        "repro.toml", 'run = ["python", "train.py"]', f'cwd = "code"\nrun = ["python", "-c", "{code}"]'
    )
    ended = place.report()
    assert "no_baseline" == ended["verdict"], ended["error"]
