"""The examples whose libraries are large reproduce their committed baselines, and a changed parameter is named first.

They run in the environments of `make tools` and `make frameworks`, which have the versions of their locks:
`wine` and `digits` run in the tests' own, among the mutants.
"""

import re
import runpy
from pathlib import Path

import pytest
from e2e.mutant import swap
from e2e.project import copy, repro
from required import program_of

ROOT = Path(__file__).resolve().parents[2]
LOCKED = 'backend = "venv"\nlock = "requirements.lock"'


def example(name: str, extra: str, target: Path) -> Path:
    """Copy an example with its baseline, to run it in an environment that is there."""
    python = program_of(extra)
    root = copy(ROOT / "examples" / name, target / name, baseline=True)
    swap("repro.toml", LOCKED, f'backend = "current"\npython = "{python}"')(root)
    return root


def config(root: Path) -> str:
    return (root / "repro.toml").read_text(encoding="utf-8")


def test_the_invented_customers_are_the_committed_ones(tmp_path: Path) -> None:
    script = (ROOT / "examples" / "churn" / "make_data.py").read_bytes()
    (tmp_path / "make_data.py").write_bytes(script)
    runpy.run_path(str(tmp_path / "make_data.py"), run_name="__main__")
    written = (tmp_path / "data" / "customers.csv").read_bytes()
    assert (ROOT / "examples" / "churn" / "data" / "customers.csv").read_bytes() == written


@pytest.mark.slow
def test_churn_reproduces_and_names_a_changed_parameter(tmp_path: Path) -> None:
    root = example("churn", "tools", tmp_path)
    swap("repro.toml", "retrain = 2", "retrain = 1")(root)  # as the other search
    ended = repro(root, "verify", "--reuse", "--json", "-q")
    report = ended.json
    assert (0, "reproduced") == (ended.status, report["verdict"]), report["headline"]
    assert {"environment", "packages"} >= {one["kind"] for one in report["claim"]["materials"]}
    assert ["confirmed"] * 5 == [one["state"] for one in report["searches"]], report["searches"]
    assert {"winner", "sampler", "retrained"} == {one["question"] for one in report["searches"]}

    swap("campaign.toml", "call_from = 0.4", "call_from = 0.5")(root)
    before, searches, after = re.split(r"(?s)(# Are the records.*?)(?=# How much)", config(root))
    assert 2 == searches.count("[search.")
    (root / "repro.toml").write_text(before + after)
    ended = repro(root, "verify", "--reuse", "--json", "-q")
    report = ended.json
    assert (1, "changed") == (ended.status, report["verdict"]), report["headline"]
    assert "campaign.toml: call_from" == report["causes"][0]["name"]
    assert {
        "prepare": "reused",
        "grid": "reused",
        "bayes": "reused",
        "train": "reused",
        "evaluate": "ran",
    } == {step["name"]: step["state"] for step in report["steps"]}


@pytest.mark.slow
def test_mnist_like_reproduces_and_names_a_changed_parameter(tmp_path: Path) -> None:
    root = example("mnist-like", "frameworks", tmp_path)
    ended = repro(root, "verify", "--json", "-q")
    elsewhere = any(one["name"].startswith("cpu") for one in ended.json["circumstances"])
    if elsewhere and ended.json["verdict"] in {
        "drifted",
        "changed",
    }:  # changed: by packages of this environment
        # TensorFlow's bits are those of one model of CPU: of another one, its own baseline.
        assert 0 == repro(root, "accept").status
        ended = repro(root, "verify", "--json", "-q")
    report = ended.json
    assert (0, "reproduced") == (ended.status, report["verdict"]), report["headline"]
    assert {"environment", "packages"} >= {one["kind"] for one in report["claim"]["materials"]}

    swap("params.toml", "slower_from = 6", "slower_from = 4")(root)
    ended = repro(root, "verify", "--json", "-q")
    report = ended.json
    assert (1, "changed") == (ended.status, report["verdict"]), report["headline"]
    assert "params.toml: fit.slower_from" == report["causes"][0]["name"]
    assert {"out/network.keras", "out/history.csv", "out/predictions.csv"} == {
        one["path"] for one in report["claim"]["artifacts"] if one["leaves"]
    }
    (parting,) = report["claim"]["partings"]
    assert ("out/history.csv", "epoch", 4) == (parting["artifact"], parting["unit"], parting["at"]), parting
