# SPDX-License-Identifier: Apache-2.0
"""Two builders, one policy: what `repro verify --receipt` signs, `repro receipts` and `repro accept` count."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from integration.command import UNENCLOSED, repro

TRAIN = """\
import pathlib
pathlib.Path("out").mkdir(exist_ok=True)
machine = pathlib.Path("../machine").read_text()  # what repro does not see
pathlib.Path("out/weights.json").write_text('{"w": 1.0, "v": %s}' % machine)
"""
CONFIG = f"""\
{UNENCLOSED}
[evidence]
receipts = 2
keys = ["keys/alice.pem.pub", "keys/bob.pem.pub"]
[[steps]]
name = "train"
run = ["python", "train.py"]
inputs = ["train.py"]
outputs = ["out/weights.json"]
"""


def git(root: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=n", "-c", "user.email=e@example.org", *arguments]
    subprocess.run(command, cwd=root, capture_output=True, check=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (tmp_path / "machine").write_text("2.0")
    (root / "keys").mkdir(parents=True)
    for name in ("alice", "bob", "mallory"):
        assert 0 == repro(tmp_path, "attest", "--new-key", f"{name}.pem").returncode
        (root / "keys" / f"{name}.pem.pub").write_bytes((tmp_path / f"{name}.pem.pub").read_bytes())
    (root / "train.py").write_text(TRAIN)
    (root / "repro.toml").write_text(CONFIG)
    (root / ".gitignore").write_text("out/\n.repro/\n")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "model")
    return root


def rebuild(root: Path, name: str) -> subprocess.CompletedProcess[str]:
    key = str(root.parent / f"{name}.pem")
    return repro(root, "verify", "--quiet", "--no-repeat", "--receipt", "--key", key)


def found(root: Path, *arguments: str) -> tuple[int, dict]:
    done = repro(root, "receipts", "--json", *arguments)
    return done.returncode, json.loads(done.stdout)


def test_two_builders_who_agree_are_asked_for_and_suffice(project: Path) -> None:
    done = rebuild(project, "alice")
    assert 3 == done.returncode
    assert "receipt: receipts/small-" in done.stderr
    refused = repro(project, "accept")
    assert 1 == refused.returncode
    assert "1 of 2 receipts confirm the last run" in refused.stderr
    rebuild(project, "mallory")  # whose key is not listed
    assert 1 == repro(project, "accept").returncode
    (project.parent / "machine").write_text("2.5")
    rebuild(project, "bob")
    code, listed = found(project)
    (parting,) = [one["parting"] for one in listed["receipts"] if one["parting"] is not None]
    assert ("out/weights.json: ['v']", "2.5", "2.0") == (parting["where"], parting["ours"], parting["theirs"])
    assert (1, 1, 2, 2) == (code, listed["confirmed"], listed["builders"], listed["demanded"])
    assert "got 2.0 at out/weights.json: ['v'], not 2.5" in repro(project, "accept").stderr
    (project.parent / "machine").write_text("2.0")
    rebuild(project, "bob")
    code, listed = found(project, "--require")
    assert (1, 2, 2) == (code, listed["confirmed"], listed["builders"])
    (refused_file,) = listed["refused"]
    assert "it names the key" in refused_file["reason"]
    assert 0 == repro(project, "accept").returncode
    printed = repro(project, "receipts").stdout
    assert "confirmed by 2 of 2 builders (2 are demanded)" in printed


def test_a_builder_nobody_listed_is_said_to_be_unknown_and_what_to_do(project: Path) -> None:
    rebuild(project, "alice")
    (project / "repro.toml").write_text(
        CONFIG.replace(CONFIG[CONFIG.index("[evidence]") : CONFIG.index("[[steps]]")], "")
    )
    done = repro(project, "receipts")
    assert 1 == done.returncode
    assert "no key is known here that could confirm it" in done.stdout
    assert "[evidence] keys" in done.stderr
    assert "confirmed by" not in done.stdout


def test_without_a_key_nothing_is_trained_for_a_receipt(project: Path) -> None:
    done = repro(project, "verify", "--receipt")
    assert 2 == done.returncode
    assert "a key is needed" in done.stderr
    assert not (project / "out").exists()


def test_a_release_that_demands_nothing_is_no_gate(project: Path) -> None:
    (project / "repro.toml").write_text(CONFIG.replace("receipts = 2", "receipts = 0"))
    done = repro(project, "receipts", "--require")
    assert 2 == done.returncode
    assert "asks for no receipts" in done.stderr


def test_no_receipt_is_signed_of_what_no_commit_holds(project: Path) -> None:
    (project / "train.py").write_text(TRAIN + "# more\n")
    done = rebuild(project, "alice")
    assert "train.py differ from commit" in done.stderr
    assert not (project / "receipts").exists()


def test_a_report_counts_receipts_and_takes_no_key_that_only_the_change_lists(project: Path) -> None:
    rebuild(project, "alice")
    rebuild(project, "mallory")
    git(project, "branch", "base")
    listed = CONFIG.replace('"keys/bob.pem.pub"', '"keys/mallory.pem.pub"').replace("= 2", "= 1")
    (project / "repro.toml").write_text(listed)

    def counts(*arguments: str) -> dict:
        done = repro(project, "verify", "--json", "--quiet", "--no-repeat", *arguments)
        return json.loads(done.stdout)["receipts"]

    alone = counts()
    assert (2, 2, 1) == (alone["confirmed"], alone["builders"], alone["demanded"])
    beside_base = counts("--against", "base")
    assert (1, 1, 2) == (beside_base["confirmed"], beside_base["builders"], beside_base["demanded"])
    assert {"confirms", "refused"} == {one["state"] for one in beside_base["listed"]}
