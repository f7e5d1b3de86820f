# SPDX-License-Identifier: Apache-2.0
"""The program in a pack: Python's standard library alone, and nothing installed beside it."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

from required import absent
from verified_runs import KEY, make_sources

from repro_action.evidence.pack.pack import make_pack
from repro_action.evidence.provenance import provenance
from repro_action.signing.envelopes import sign_statement


def test_the_program_in_the_pack_checks_it_with_the_standard_library_alone(tmp_path):
    packed = make_pack(make_sources())
    file = tmp_path / "wine.pack.zip"
    file.write_bytes(packed)
    with zipfile.ZipFile(file) as archive:
        archive.extractall(tmp_path / "pack")
    command = [sys.executable, "-I", "-S", "-B", str(tmp_path / "pack" / "check"), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (0, "OK: 21 items of 'wine', signature not verified\n", "") == (
        done.returncode,
        done.stdout,
        done.stderr,
    )
    file.write_bytes(packed[:-1])
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 1 == done.returncode
    assert "FAILED the archive: it is truncated" in done.stdout


def test_an_auditor_who_follows_the_readme_finds_every_command_answered(tmp_path):
    if shutil.which("openssl") is None:
        absent("openssl", "there is no openssl on PATH")
    found = make_sources()
    statement = sign_statement(provenance(found.run), KEY).encode()
    found = make_sources(statements={"provenance.sigstore.json": statement})
    (tmp_path / "PACK.zip").write_bytes(make_pack(found, lambda one: sign_statement(one, KEY)))
    with zipfile.ZipFile(tmp_path / "PACK.zip") as archive:
        page = archive.read("README.md").decode()
    (tmp_path / "PUBLIC.pem").write_bytes(KEY.public.pem)
    (tmp_path / "FILE").write_bytes(b"")
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    commands = [line.strip() for block in blocks for line in block.splitlines() if line.strip()]
    mine = [line for line in commands if line.startswith(("python3", "sha256sum", "openssl"))]
    assert ["git clone", "cd model", "git checkout", "cd models", "repro verify"] == [
        re.sub(r"(clone|checkout) .*", r"\1", line) for line in commands if line not in mine
    ][2:], "what is not run here needs repro or the repository"
    answers = []
    for line in mine:
        outside = line.startswith(("python3 -m", "python3 -B"))
        text = line.replace("--artifacts FOLDER ", "").replace("python3", sys.executable)
        text = text.replace("PUBLIC.pem", str(tmp_path / "PUBLIC.pem")).replace(" FILE", " ../FILE")
        folder = tmp_path if outside else tmp_path / "pack"
        environ = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            ["bash", "-c", text], cwd=folder, env=environ, capture_output=True, text=True, check=False
        )
        assert (0, "") == (done.returncode, done.stderr), line
        answers.append(done.stdout.strip())
    unpacked, whole, signed, listed, beside, *fingerprints = answers[:7]
    assert ("", "") == (unpacked, beside)
    assert whole.startswith("OK")
    assert f"signed by {tmp_path / 'PUBLIC.pem'}" in signed
    assert {"OK"} == {line.rpartition(" ")[2] for line in listed.splitlines()}
    assert {found.run.fingerprint_id} == set(fingerprints)
    differing, subjects, _, said, verified, digest = answers[7:]
    assert "" == differing
    assert found.run.files[0].sha256.value in subjects
    assert "Verified OK" == verified
    assert digest.split()[0] == json.loads(said)["subject"][0]["digest"]["sha256"]
