# SPDX-License-Identifier: Apache-2.0
"""`repro pack` from a run to its check, and what it refuses to pack."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from integration.command import TRAIN_STEP, repro

TRAIN = """\
import pathlib
print("DB_PASSWORD=hunter22; opened with", "swordfish"[::1])
pathlib.Path("out").mkdir(exist_ok=True)
pathlib.Path("out/weights.json").write_text("[1.0, 2.0]")
pathlib.Path("out/metrics.json").write_text('{"accuracy": 0.5}')
"""


def git(root: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=n", "-c", "user.email=e@example.org", *arguments]
    subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a committed project whose last run reproduced, and a key beside it."""
    root = tmp_path_factory.mktemp("pack") / "project"
    root.mkdir()
    (root / "train.py").write_text(TRAIN)
    (root / "repro.toml").write_text(
        f'{TRAIN_STEP}inputs = ["train.py"]\noutputs = ["out/weights.json", "out/metrics.json"]\n'
        '[metrics."out/metrics.json"]\naccuracy = { goal = "max" }\n'
        '[evidence]\nkeys = ["keys/builder.pem.pub"]\n'
    )
    (root / "keys").mkdir()
    assert 0 == repro(root, "attest", "--new-key", "../k.pem").returncode
    shutil.copy(root.parent / "k.pem.pub", root / "keys" / "builder.pem.pub")
    (root / ".gitignore").write_text("out/\n.repro/\n")
    (root / "MODEL_CARD.md").write_text("For nothing but tests.\n")
    git(root, "init", "-q")
    assert 3 == repro(root, "verify", "--quiet").returncode
    assert 0 == repro(root, "accept").returncode
    git(root, "add", "-A")
    git(root, "commit", "-qm", "model")
    assert 0 == repro(root, "verify", "--quiet", "--receipt", "--key", "../k.pem").returncode
    (root / "receipts" / "forged.json").write_text("{}")
    return root


def packed(project: Path, name: str, *arguments: str, **environ: str) -> bytes:
    done = repro(project, "pack", "-o", f"../{name}", *arguments, **environ)
    assert 0 == done.returncode, done.stderr
    return (project.parent / name).read_bytes()


def test_two_packs_of_one_run_are_the_same_bytes_whenever_and_by_whomever(project: Path) -> None:
    first = packed(project, "one.zip", "--key", "../k.pem", "--with-artifacts")
    assert first == packed(
        project, "two.zip", "--key", "../k.pem", "--with-artifacts", TZ="Asia/Tokyo", USER="other"
    )


def test_a_pack_is_checked_with_its_key_and_the_deployed_files(project: Path) -> None:
    packed(project, "signed.zip", "--key", "../k.pem")
    check = ("pack", "--json", "--check", "../signed.zip", "--key", "../k.pem.pub", "--artifacts")
    done = repro(project, *check, ".")
    assert (0, []) == (done.returncode, json.loads(done.stdout)["faults"])
    folder = project.parent / "deployed" / "out"
    folder.mkdir(parents=True)
    (folder / "metrics.json").symlink_to(project / "out" / "metrics.json")
    (folder / "weights.json").write_text("[1.0, 2.1]")
    done = repro(project, *check, "../deployed")
    found = json.loads(done.stdout)
    assert (1, "small") == (done.returncode, found["name"])
    assert "out/weights.json" in {fault["item"] for fault in found["faults"]}


def test_logs_have_no_secrets_and_the_card_has_what_people_wrote(project: Path) -> None:
    data = packed(project, "logs.zip", MY_API_KEY="swordfish")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b"DB_PASSWORD=[redacted]; opened with [redacted]\n" == archive.read("logs/01-train.log")
        assert "For nothing but tests." in archive.read("model_card.md").decode()
        assert str(project.parent).encode() not in b"".join(map(archive.read, archive.namelist()))


def test_receipts_that_a_listed_key_signed_go_in_and_others_do_not(project: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(packed(project, "receipts.zip"))) as archive:
        (name,) = [name for name in archive.namelist() if name.startswith("receipts/")]
        (own,) = (project / "receipts").glob("small-*.json")
        assert own.read_bytes() == archive.read(name)


def test_a_statement_about_other_files_is_not_packed(project: Path) -> None:
    value = {"_type": "https://in-toto.io/Statement/v1", "subject": [{"digest": {"sha256": "0" * 64}}]}
    (project.parent / "other.json").write_text(json.dumps(value))
    done = repro(project, "pack", "-o", "../no.zip", "--statement", "../other.json")
    assert 2 == done.returncode
    assert "its subject is not what this pack is of" in done.stderr
    assert not (project.parent / "no.zip").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--check", "absent.zip"], "cannot be read"),
        (["--check", "repro.toml", "--with-artifacts"], "--check makes no pack"),
        (["--artifacts", "."], "--artifacts is of --check"),
        (["-o", "absent/pack.zip"], "there is no folder absent"),
        (["--check", "repro.toml", "--key", "../k.pem"], "this is a private key"),
    ],
)
def test_what_cannot_be_done_is_refused_with_status_two(project: Path, arguments, reason) -> None:
    done = repro(project, "pack", *arguments)
    assert 2 == done.returncode
    assert reason in done.stderr


def test_what_is_no_pack_is_named_with_status_one(project: Path) -> None:
    done = repro(project, "pack", "--check", "repro.toml")
    assert 1 == done.returncode
    assert "FAILED the archive: it does not begin as a zip archive of one pack" in done.stdout
