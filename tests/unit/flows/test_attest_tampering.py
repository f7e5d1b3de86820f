# SPDX-License-Identifier: Apache-2.0
"""Thirty-odd ways of tampering with what `repro attest` signed are refused, each with its reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from attested import COMMIT, Place
from signed_statements import run_in

from repro_action.evidence.envelope import EnvelopeSignature, pre_authentication, write_bundle
from repro_action.evidence.provenance import provenance
from repro_action.evidence.strict_json import EvidenceRefused
from repro_action.signing.envelopes import sign_statement


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
