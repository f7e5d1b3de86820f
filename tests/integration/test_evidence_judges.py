# SPDX-License-Identifier: Apache-2.0
"""Signed statements before libraries that know nothing of repro: they accept ours, and refuse what is changed."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path

import pytest
from required import absent
from signed_statements import key_of, run_in

from repro_action.flows.attest import attest
from repro_action.signing.own_keys import ED25519

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-tools" / "bin" / "python"
KEYLESS = ROOT / "tests" / "data" / "model_signing" / "keyless.bundle.json"


def judged(*arguments: str | Path) -> str:
    """Return why it is refused; empty where it is accepted."""
    if not PYTHON.exists():
        absent("tools", "the libraries that judge are missing: run make tools")
    done = subprocess.run(
        [PYTHON, ROOT / "tests" / "integration" / "evidence_judge.py", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ("" == done.stderr) is (done.returncode == 0), done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Path:
    root = tmp_path_factory.mktemp("signed")
    attest(run_in(root), key_of(keys), root / "signed")
    return root / "signed"


def changed(source: Path, target: Path) -> Path:
    bundle = json.loads(source.read_text())
    payload = base64.b64decode(bundle["dsseEnvelope"]["payload"]).replace(b"wine", b"beer")
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode()
    target.write_text(json.dumps(bundle))
    return target


@pytest.mark.parametrize("name", ["provenance", "verification", "bill-of-materials", "model-out-parts"])
def test_statements_have_the_shapes_of_in_toto(signed: Path, name: str) -> None:
    assert "" == judged("shape", signed / f"{name}.sigstore.json")


def test_envelopes_are_those_of_dsse(signed: Path, keys: Path, tmp_path: Path) -> None:
    file = signed / "provenance.sigstore.json"
    assert "" == judged("dsse", file, keys / "alice.pem.pub")
    assert judged("dsse", changed(file, tmp_path / "changed.json"), keys / "alice.pem.pub")
    attest(run_in(tmp_path), key_of(keys, "eddy", ED25519), tmp_path / "eddy")
    other = tmp_path / "eddy" / "provenance.sigstore.json"
    assert "" == judged("dsse", other, keys / "eddy.pem.pub")
    assert judged("dsse", other, keys / "alice.pem.pub")


def test_what_an_identity_signed_is_checked_without_network(tmp_path: Path) -> None:
    assert "" == judged("keyless", KEYLESS, "")
    assert "its signature is not one of mallory@example.org" in judged(
        "keyless", KEYLESS, "mallory@example.org"
    )
    bundle = json.loads(KEYLESS.read_text())
    payload = base64.b64decode(bundle["dsseEnvelope"]["payload"]) + b" "
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode()
    (tmp_path / "b.json").write_text(json.dumps(bundle))
    assert "its signature is not one of" in judged("keyless", tmp_path / "b.json", "")
