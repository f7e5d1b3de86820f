# SPDX-License-Identifier: Apache-2.0
"""`repro attest` from a run to what judges of the trade say of its files, and what it does not sign."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from integration.command import TRAIN_STEP, repro
from required import absent

TOOLS = Path(__file__).parents[2] / ".venv-tools" / "bin"
TRAIN = """\
import pathlib
pathlib.Path("out").mkdir(exist_ok=True)
pathlib.Path("out/weights.json").write_text("[1.0, 2.0]")
pathlib.Path("out/parts").mkdir(exist_ok=True)
pathlib.Path("out/parts/a.txt").write_text("a 1\\n")
"""


def git(root: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=n", "-c", "user.email=e@example.org", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a committed project whose last run reproduced, and a key beside it."""
    top = tmp_path_factory.mktemp("attest")
    root = top / "project"
    root.mkdir()
    (root / "train.py").write_text(TRAIN)
    (root / "repro.toml").write_text(
        f'{TRAIN_STEP}inputs = ["train.py"]\noutputs = ["out/weights.json", "out/parts"]\n'
    )
    (root / ".gitignore").write_text("out/\n.repro/\n")
    git(root, "init", "-q")
    git(root, "remote", "add", "origin", "https://me:secret@code.example/org/small.git")
    assert 3 == repro(root, "verify", "--quiet").returncode
    assert 0 == repro(root, "accept").returncode
    git(root, "add", "-A")
    git(root, "commit", "-qm", "model")
    done = repro(root, "verify", "--quiet")
    assert 0 == done.returncode, done.stdout
    assert 0 == repro(root, "attest", "--new-key", str(top / "k.pem")).returncode
    done = repro(root, "attest", "--key", str(top / "k.pem"))
    assert 0 == done.returncode, done.stderr
    return root


def verify(root: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    file = root / ".repro" / "attestations" / f"{name}.sigstore.json"
    return repro(root, "attest", "--json", "--verify", str(file), "--key", "../k.pem.pub", *arguments)


def test_statements_of_a_run_are_accepted_with_commit_model_and_files(project: Path) -> None:
    commit = git(project, "rev-parse", "HEAD")
    for name in ("provenance", "verification", "bill-of-materials"):
        done = verify(project, name, "--commit", commit[:12], "--model", "small")
        assert 0 == done.returncode, done.stdout
        (entry,) = json.loads(done.stdout)["statements"]
        assert (True, "small", commit, True) == tuple(
            entry[key] for key in ("accepted", "model", "commit", "compared")
        )
    assert "bit-identical" == entry["level"]


def test_all_statements_of_a_folder_are_checked_in_one_command(project: Path) -> None:
    files = sorted((project / ".repro" / "attestations").glob("*.json"))
    done = repro(project, "attest", "--verify", *map(str, files), "--key", "../k.pem.pub")
    assert 0 == done.returncode, done.stderr
    assert len(files) == done.stdout.count(" accepted: ")


def test_what_was_written_is_named_from_where_one_works(project: Path) -> None:
    done = repro(project, "attest", "--key", "../k.pem")
    assert "wrote .repro/attestations/provenance.sigstore.json" in done.stdout.splitlines()


def test_no_login_of_the_repository_is_stated(project: Path) -> None:
    assert 0 == repro(project, "attest", "--predicate", "../predicates").returncode
    text = (project.parent / "predicates" / "provenance.predicate.json").read_text()
    source = json.loads(text)["buildDefinition"]["externalParameters"]["source"]
    assert "https://code.example/org/small" == source["repository"]
    assert "secret" not in text
    assert str(project.parent) not in text


def test_a_statement_of_another_commit_is_refused_with_status_one(project: Path) -> None:
    done = verify(project, "provenance", "--commit", "f" * 40)
    assert 1 == done.returncode
    (entry,) = json.loads(done.stdout)["statements"]
    assert "not of ffffffffffff" in entry["what"]


def test_a_private_key_is_never_printed(project: Path) -> None:
    secret = (project.parent / "k.pem").read_text().splitlines()[1]
    for arguments in (["attest", "--key", "../k.pem"], ["attest", "--verify", "x", "--key", "../k.pem"]):
        done = repro(project, *arguments)
        assert secret not in done.stdout + done.stderr


def test_nothing_is_signed_without_a_key(project: Path) -> None:
    done = repro(project, "attest")
    assert 2 == done.returncode
    assert "a key is needed" in done.stderr


def test_the_reference_verifier_accepts_the_models_signatures_and_sees_a_change(
    project: Path, tmp_path: Path
) -> None:
    judge = TOOLS / "model_signing"
    if not judge.exists():
        absent("tools", "model-signing is missing: run make tools")
    signed = project / ".repro" / "attestations"
    key = project.parent / "k.pem.pub"

    def judged(model: Path, name: str, *options: str) -> int:
        command = [str(judge), "verify", "key", str(model), "--signature", str(signed / name)]
        done = subprocess.run(
            [*command, "--public_key", str(key), *options], capture_output=True, check=False
        )
        return done.returncode

    assert 0 == judged(project / "out/parts", "model-out-parts.sigstore.json")
    single = "model-out-weights.json.sigstore.json"
    assert 0 == judged(project / "out", single, "--ignore_unsigned_files")
    (tmp_path / "a.txt").write_text("a 2\n")
    assert 0 != judged(tmp_path, "model-out-parts.sigstore.json")
