# SPDX-License-Identifier: Apache-2.0
"""What `repro attest` signs, it accepts; thirty-odd ways of tampering are refused, each with its reason."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from signed_statements import CONTENTS, key_of, run_in
from verified_runs import make_run

from repro_action.evidence.envelope import EnvelopeSignature, pre_authentication, write_bundle
from repro_action.evidence.expectations import ExpectedClaims
from repro_action.evidence.provenance import provenance
from repro_action.evidence.strict_json import EvidenceRefused
from repro_action.flows.attest import attest, verify_statement, write_predicates
from repro_action.signing.envelopes import sign_statement
from repro_action.signing.own_keys import ED25519, PrivateKey
from repro_action.signing.port import KeyRefused

COMMIT = "1a2b3c4d" * 5
KINDS = ["provenance", "verification", "bill-of-materials", "model-out-parts"]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@dataclass
class Place:
    """A project with signed statements, and what is expected of them."""

    root: Path
    key: PrivateKey
    other: PrivateKey
    commit: str = COMMIT
    model: str = "wine"
    kind: str = "provenance"

    @property
    def file(self) -> Path:
        return self.root / "signed" / f"{self.kind}.sigstore.json"

    def verify(self):
        model = self.kind.startswith("model-")
        expected = ExpectedClaims(commit="" if model else self.commit, model=self.model)
        base = self.root / "out/parts" if model else self.root
        return verify_statement(self.file, [self.key.public], expected, base)

    # What tampers:
    def bundle(self) -> dict:
        return json.loads(self.file.read_text())

    def payload(self) -> dict:
        return json.loads(base64.b64decode(self.bundle()["dsseEnvelope"]["payload"]))

    def write(self, bundle: dict) -> None:
        self.file.write_text(json.dumps(bundle))

    def with_payload(self, payload: dict) -> None:
        """Change the statement and leave the signature."""
        bundle = self.bundle()
        bundle["dsseEnvelope"]["payload"] = base64.b64encode(json.dumps(payload).encode()).decode()
        self.write(bundle)

    def sign(self, payload: dict | bytes, key: PrivateKey | None = None) -> None:
        """Sign another statement by the right key: what a careless signer could publish."""
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        signer = key or self.key
        signature = EnvelopeSignature(
            signature=signer.sign(pre_authentication(data)), keyid=signer.public.keyid
        )
        self.file.write_text(write_bundle(data, signature, ""))


@pytest.fixture
def place(tmp_path: Path, keys: Path) -> Place:
    key = key_of(keys)
    attest(run_in(tmp_path), key, tmp_path / "signed")
    return Place(root=tmp_path, key=key, other=key_of(keys, "mallory"))


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


def _cut(place: Place) -> None:
    place.file.write_bytes(place.file.read_bytes()[:-40])


def _duplicate_key(place: Place) -> None:
    text = place.file.read_text()
    place.file.write_text('{"dsseEnvelope": {}, ' + text[1:])


def _duplicate_key_inside(place: Place) -> None:
    payload = json.dumps(place.payload())
    place.sign(('{"subject": [], ' + payload[1:]).encode())


def _oversized(place: Place) -> None:
    place.file.write_bytes(b" " * (40 << 20))


def _oversized_payload(place: Place) -> None:
    place.sign(b" " * ((16 << 20) + 1))


def _deep(place: Place) -> None:
    place.file.write_bytes(b'{"a":' * 100_000)


def _edited(*path: str | int, value: object, sign: bool = False) -> Callable[[Place], None]:
    def tamper(place: Place) -> None:
        payload = inner = place.payload()
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        (place.sign if sign else place.with_payload)(payload)

    return tamper


def _in_bundle(*path: str | int, value: object) -> Callable[[Place], None]:
    def tamper(place: Place) -> None:
        bundle = inner = place.bundle()
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        place.write(bundle)

    return tamper


def _resigned(place: Place) -> None:
    place.sign(place.payload(), place.other)


def _resigned_under_the_same_id(place: Place) -> None:
    payload = json.dumps(place.payload()).encode()
    signature = place.other.sign(pre_authentication(payload))
    one = EnvelopeSignature(signature=signature, keyid=place.key.public.keyid)
    place.file.write_text(write_bundle(payload, one, ""))


def _signature_of_another_statement(place: Place) -> None:
    other = json.loads((place.root / "signed/verification.sigstore.json").read_text())
    _in_bundle("dsseEnvelope", "signatures", value=other["dsseEnvelope"]["signatures"])(place)


def _replayed_commit(place: Place) -> None:
    place.commit = "f" * 40


def _replayed_commit_of_result(place: Place) -> None:
    place.kind, place.commit = "verification", "f" * 40


def _replayed_model(place: Place) -> None:
    place.model = "beer"


def _replayed_model_signature(place: Place) -> None:
    place.kind, place.model = "model-out-parts", "beer"


def _changed_file(place: Place) -> None:
    (place.root / "out/model.joblib").write_bytes(b"weighty")


def _removed_file(place: Place) -> None:
    (place.root / "out/parts/a.bin").unlink()


def _linked_file(place: Place) -> None:
    (place.root / "out/model.joblib").unlink()
    (place.root / "out/model.joblib").symlink_to("/etc/hostname")


def _extra_subject(place: Place) -> None:
    run = run_in(place.root)
    extra = replace(run.files[0], path="out/extra.bin", product="out/extra.bin")
    statement = provenance(replace(run, files=(*run.files, extra)))
    place.file.write_text(sign_statement(statement, place.key))


def _escaping_subject(place: Place) -> None:
    payload = place.payload()
    payload["subject"][0]["name"] = "../secret"
    place.sign(payload)


def _same_subject_twice(place: Place) -> None:
    payload = place.payload()
    payload["subject"].append(payload["subject"][0])
    place.sign(payload)


def _file_beside(place: Place) -> None:
    place.kind = "model-out-parts"
    (place.root / "out/parts/more.bin").write_bytes(b"")


def _changed_model_file(place: Place) -> None:
    place.kind = "model-out-parts"
    (place.root / "out/parts/b/c.bin").write_bytes(b"C")


def _resource_without_root(place: Place) -> None:
    place.kind = "model-out-parts"
    payload = place.payload()
    payload["predicate"]["resources"].pop()
    place.sign(payload)


def _keyless(place: Place) -> None:
    _in_bundle("verificationMaterial", value={"certificate": {"rawBytes": "AA=="}})(place)


PROPERTIES = ["REPRO_REBUILT", "REPRO_PLATFORM_x", "REPRO_LEVEL_X"]


def _result_without_match(place: Place) -> None:
    place.kind = "verification"
    _edited("predicate", "properties", value=PROPERTIES, sign=True)(place)


ENVELOPE = "dsseEnvelope"
TAMPERED: list[tuple[Callable[[Place], None], str]] = [
    (_cut, "not valid JSON"),
    (_duplicate_key, "has a key twice"),
    (_duplicate_key_inside, "the statement has a key twice"),
    (_oversized, "larger than"),
    (_oversized_payload, "larger than"),
    (_deep, "not valid JSON"),
    (_edited("predicate", "buildDefinition", "externalParameters", "model", value="x"), "its signature is"),
    (_edited("subject", 0, "digest", "sha256", value="0" * 64), "its signature is not"),
    (_in_bundle(ENVELOPE, "payloadType", value="application/json"), "the payload's type is"),
    (_in_bundle(ENVELOPE, "signatures", value=[]), "0 signatures"),
    (_in_bundle(ENVELOPE, "signatures", 0, "sig", value=""), "its signature is not"),
    (_in_bundle(ENVELOPE, "signatures", 0, "sig", value="no base64!"), "is not base64"),
    (_in_bundle(ENVELOPE, "payload", value="*"), "the payload is not base64"),
    (_in_bundle("mediaType", value="text/plain"), "media type"),
    (_in_bundle(ENVELOPE, value=[]), "not a JSON object"),
    (_in_bundle(ENVELOPE, "signatures", 0, "keyid", value="0" * 64), None),
    (_keyless, "without a key of one's own"),
    (_resigned, "it names the key"),
    (_resigned_under_the_same_id, "its signature is not"),
    (_signature_of_another_statement, "its signature is not"),
    (_replayed_commit, "it is of commit 1a2b3c4d1a2b, not of ffffffffffff"),
    (_replayed_commit_of_result, "it is of commit"),
    (_replayed_model, "it is of the model 'wine', not of 'beer'"),
    (_replayed_model_signature, "it is of the model"),
    (_edited("_type", value="https://in-toto.io/Statement/v0.1", sign=True), "the statement's type is"),
    (_edited("predicateType", value="https://example.org/x", sign=True), "which repro does not know"),
    (_edited("predicate", value=[], sign=True), "the predicate is not a JSON object"),
    (_edited("predicate", "buildDefinition", "buildType", value="x", sign=True), "build is of the type"),
    (_edited("subject", value=[], sign=True), "about no file"),
    (_edited("subject", 0, "digest", value={"md5": "00"}, sign=True), "has no SHA-256"),
    (_result_without_match, "does not say that the model was rebuilt"),
    (_changed_file, "out/model.joblib is not the file that was signed"),
    (_removed_file, "out/parts/a.bin, which is not there"),
    (_linked_file, "leads out of the folder"),
    (_extra_subject, "out/extra.bin, which is not there"),
    (_escaping_subject, "leads out of the folder"),
    (_same_subject_twice, "names a file twice"),
    (_file_beside, "more.bin is among the files and was not signed"),
    (_changed_model_file, "b/c.bin is not the file that was signed"),
    (_resource_without_root, "the model's digest is not that of the files"),
]


@pytest.mark.parametrize(("tamper", "reason"), TAMPERED, ids=[f"{number}" for number in range(len(TAMPERED))])
def test_what_was_tampered_with_is_refused_with_the_reason(
    place: Place, tamper: Callable[[Place], None], reason: str | None
) -> None:
    tamper(place)
    if reason is None:  # the id of a key is a hint, which no signature covers and nothing relies on
        assert place.verify().claims.commit == COMMIT
        return
    with pytest.raises(EvidenceRefused) as refused:
        place.verify()
    assert reason in str(refused.value)
    assert 1 == refused.value.exit_code


def test_at_least_thirty_variants_are_tried() -> None:
    assert len([reason for _, reason in TAMPERED if reason]) >= 30


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
