# SPDX-License-Identifier: Apache-2.0
"""What `repro attest` signs, it accepts, wherever and by whomever it is made."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest
from attested import COMMIT, Place
from signed_statements import CONTENTS, key_of, run_in
from verified_runs import make_run

from repro_action.evidence.expectations import ExpectedClaims
from repro_action.evidence.provenance import provenance
from repro_action.evidence.strict_json import EvidenceRefused
from repro_action.flows.attest import attest, verify_statement, write_predicates
from repro_action.signing.own_keys import ED25519
from repro_action.signing.port import KeyRefused

KINDS = ["provenance", "verification", "bill-of-materials", "model-out-parts"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_signed_is_accepted(place: Place, kind: str) -> None:
    place.kind = kind
    found = place.verify()
    assert ("wine", place.key.public.keyid, True) == (found.claims.model, found.signed_by, found.compared)


def test_a_bare_envelope_is_accepted_too(place: Place) -> None:
    place.write(place.bundle()["dsseEnvelope"])
    assert "provenance" == place.verify().claims.kind


def test_one_of_several_keys_suffices(place: Place) -> None:
    both = [place.other.public, place.key.public]
    found = verify_statement(place.file, both, ExpectedClaims(), place.root)
    assert place.key.public.keyid == found.signed_by


def test_statements_of_one_run_are_the_same_bytes_wherever_they_are_made(tmp_path: Path, keys: Path) -> None:
    for name in ("one", "two"):
        attest(run_in(tmp_path / name), key_of(keys), tmp_path / name / "signed")
    one, two = (sorted((tmp_path / name / "signed").iterdir()) for name in ("one", "two"))
    assert 6 == len(one)
    assert [file.read_bytes() for file in one] == [file.read_bytes() for file in two]
    one.remove(tmp_path / "one/signed/model_card.md")
    assert str(tmp_path) not in "".join(
        base64.b64decode(json.loads(file.read_text())["dsseEnvelope"]["payload"]).decode() for file in one
    )


def test_a_key_that_model_signing_does_not_take_signs_the_rest(tmp_path: Path, keys: Path) -> None:
    done = attest(run_in(tmp_path), key_of(keys, "eddy", ED25519), tmp_path / "signed")
    assert done.unsigned_model
    signed = ["provenance", "verification", "bill-of-materials"]
    assert [f"{name}.sigstore.json" for name in signed] == [path.name for path in done.files]
    for path in done.files:
        verify_statement(path, [key_of(keys, "eddy", ED25519).public], ExpectedClaims(), tmp_path)


def test_products_with_names_that_look_alike_get_files_of_their_own(tmp_path: Path, keys: Path) -> None:
    files = run_in(tmp_path).files[:2]
    alike = tuple(
        replace(file, path=path, product=path) for file, path in zip(files, ("a b", "a/b"), strict=True)
    )
    done = attest(make_run(files=alike), key_of(keys), tmp_path / "signed")
    assert len({path.name for path in done.files}) == 5 == len(list((tmp_path / "signed").glob("*.json")))


def test_bare_predicates_come_with_a_list_of_subjects(tmp_path: Path) -> None:
    run = run_in(tmp_path)
    done = write_predicates(run, tmp_path / "p")
    kinds = ("provenance", "verification", "bill-of-materials")
    names = [*(f"{kind}.predicate.json" for kind in kinds), "subjects.sha256"]
    assert names == [path.name for path in done.files]
    assert provenance(run).predicate == json.loads((tmp_path / "p" / names[0]).read_text())
    lines = (tmp_path / "p" / names[-1]).read_text().splitlines()
    assert [f"{file.sha256.value}  {file.path}" for file in run.files] == lines


def test_a_model_that_is_one_file_is_checked_as_that_file(place: Place) -> None:
    place.kind = "model-out-model.joblib"
    model = place.root / "out/model.joblib"
    verify_statement(place.file, [place.key.public], ExpectedClaims(), model)
    model.write_bytes(CONTENTS["out/model.joblib"] + b"!")
    with pytest.raises(EvidenceRefused, match="not the file that was signed"):
        verify_statement(place.file, [place.key.public], ExpectedClaims(), model)


@pytest.mark.parametrize("kind", ["model-out-parts", "model-out-model.joblib"])
def test_in_the_project_the_place_of_a_model_is_known(place: Place, kind: str) -> None:
    place.kind = kind
    found = verify_statement(place.file, [place.key.public], ExpectedClaims(), place.root, project=True)
    assert found.compared


@pytest.mark.parametrize("path", ["../out/parts", "/etc", "out/../../x"])
def test_the_place_of_a_model_does_not_lead_out(place: Place, path: str) -> None:
    place.kind = "model-out-parts"
    payload = place.payload()
    payload["subject"][0]["annotations"]["path"] = path
    place.sign(payload)
    with pytest.raises(EvidenceRefused, match="leads out"):
        verify_statement(place.file, [place.key.public], ExpectedClaims(), place.root, project=True)


def test_a_model_signature_names_no_commit(place: Place) -> None:
    place.kind = "model-out-parts"
    with pytest.raises(EvidenceRefused, match="names no commit"):
        verify_statement(place.file, [place.key.public], ExpectedClaims(commit=COMMIT), None)


def test_an_identity_needs_the_library_that_checks_it(place: Place) -> None:
    from importlib.util import find_spec

    from repro_action.signing.keyless import Identity

    if find_spec("sigstore") is not None:
        pytest.skip("sigstore is installed")
    who = Identity(name="a", issuer="", trusted_root=place.root / "root.json")
    with pytest.raises(KeyRefused, match="sigstore"):
        verify_statement(place.file, who, ExpectedClaims(), None)
