# SPDX-License-Identifier: Apache-2.0
"""`repro check` as people and servers meet it: a registry, the command line, and files that mean harm."""

from __future__ import annotations

import json
import pickle

import jsonschema
import numpy as np
import pytest
from checked import accepted, checked, commit
from integration import command
from integration.test_subjects import MODEL, registry

from repro_action import schemas
from repro_action.flows.check import CheckOptions, check
from repro_action.progress import Silent
from repro_action.verdict import Verdict

__all__ = ["registry"]

WEIGHTS = {"w": np.arange(3.0), "b": np.float64(0.5)}
OTHER = {**WEIGHTS, "w": np.array([0.0, 1.0, np.nextafter(2.0, 3.0)])}


@pytest.fixture
def project(tmp_path):
    """Return a project that accepted a pickle of arrays."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "model.pkl").write_bytes(pickle.dumps(WEIGHTS))
    return accepted(tmp_path, "out/model.pkl")


def served(registry, model):
    root = f"1/models/{MODEL}/artifacts"
    content = {
        "MLmodel": b"flavors:\n  python_function:\n    model_path: model.pkl\n",
        "model.pkl": pickle.dumps(model, 2),
    }
    registry.listings = {
        root: [{"path": name, "is_dir": False, "file_size": len(data)} for name, data in content.items()]
    }
    registry.files = {f"{root}/{name}": data for name, data in content.items()}


def test_a_version_in_a_registry_is_checked_and_gets_its_verdict(project, tmp_path, registry, monkeypatch):
    head = commit(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", registry.address)
    for model, verdict in ((WEIGHTS, Verdict.REPRODUCED), (OTHER, Verdict.DRIFTED)):
        served(registry, model)
        report = check(project, "models:/wine%20model@champion", CheckOptions(tag=True), Silent())
        assert (verdict, "models:/wine model/3") == (report.verdict, report.resolved)
        assert ("MLmodel",) == report.context
        assert {
            "wine model 3 repro.verdict": verdict.value,
            "wine model 3 repro.commit": head,
            "wine model 3 repro.fingerprint": report.fingerprint,
        } == registry.tags
    assert [] == [place.name for place in project.store.folder.glob("check-*")]


def test_a_file_has_no_version_to_tag(project, tmp_path):
    report = check(project, str(tmp_path / "out" / "model.pkl"), CheckOptions(tag=True), Silent())
    assert Verdict.REPRODUCED is report.verdict
    assert "no tag was written" in report.notes[0]


def test_the_command_prints_a_document_a_report_and_a_block(project, tmp_path):
    np.savez(tmp_path / "model.npz", **OTHER)
    done = command.repro(tmp_path, "check", "model.npz", "--json", "--markdown", "found.md")
    document = json.loads(done.stdout)
    jsonschema.validate(document, schemas.load("check.v1"))
    assert (1, 1, "drifted", "check") == (
        done.returncode, document["exit_code"], document["verdict"], document["command"],
    )  # fmt: skip
    assert (tmp_path / "found.md").read_text().startswith("## ❌ Deployed model of `iris`: drifted\n")
    np.savez(tmp_path / "model.npz", **WEIGHTS)
    done = command.repro(tmp_path, "check", "model.npz", "--verification-block")
    assert 0 == done.returncode
    assert done.stdout.splitlines()[1:2] == ["verification:"]
    assert "✔ iris: reproduced" in done.stderr
    done = command.repro(tmp_path, "check", "gone.npz")
    assert (2, "") == (done.returncode, done.stdout)
    assert "error: " in done.stderr


class _Harmful:
    def __init__(self, place):
        self.place = place

    def __reduce__(self):
        return (open, (str(self.place), "w"))


def test_nothing_of_a_pickle_is_executed(project, tmp_path):
    harmed = tmp_path / "harmed"
    (tmp_path / "model.pkl").write_bytes(pickle.dumps({**WEIGHTS, "extra": _Harmful(harmed)}))
    assert Verdict.DRIFTED is checked(project, tmp_path / "model.pkl").verdict
    assert not harmed.exists()


def test_a_link_in_a_folder_is_refused(project, tmp_path):
    from repro_action.errors import FetchError

    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "model.pkl").symlink_to(tmp_path / "out" / "model.pkl")
    with pytest.raises(FetchError, match="link"):
        checked(project, folder)
