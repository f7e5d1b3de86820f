# SPDX-License-Identifier: Apache-2.0
"""What libraries of the trade say of signed statements; run by the interpreter that has them.

Usage: evidence_judge.py dsse BUNDLE PUBLIC_KEY | shape BUNDLE | keyless BUNDLE IDENTITY
Exit status 0 where it is accepted; the reason is printed where not.
"""

import base64
import importlib
import json
import sys
from pathlib import Path


def envelope(bundle):
    return json.loads(Path(bundle).read_text())["dsseEnvelope"]


def dsse(bundle, key):
    """Verify the envelope with securesystemslib."""
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import SSlibKey

    raw = envelope(bundle)
    public = load_pem_public_key(Path(key).read_bytes())
    keyid = raw["signatures"][0]["keyid"]
    Envelope.from_dict(raw).verify([SSlibKey.from_crypto(public, keyid=keyid)], 1)


def shape(bundle):
    """Parse statement and predicate with in-toto's own protocol buffers, which refuse unknown fields."""
    from google.protobuf import json_format

    statement_pb2 = importlib.import_module("in_toto_attestation.v1.statement_pb2")
    checks = importlib.import_module("in_toto_attestation.v1.statement")
    payload = base64.b64decode(envelope(bundle)["payload"])
    parsed = json_format.Parse(payload, statement_pb2.Statement())
    checks.Statement.copy_from_pb(parsed).validate()
    value = json.loads(payload)
    predicate = value["predicate"]
    if value["predicateType"] == "https://slsa.dev/provenance/v1":
        module = importlib.import_module("in_toto_attestation.predicates.provenance.v1.provenance_pb2")
        json_format.ParseDict(predicate, module.Provenance())
    elif value["predicateType"] == "https://in-toto.io/attestation/svr/v0.2":
        # The package has no such predicate yet: its parts are held to the types that they have.
        descriptor = importlib.import_module("in_toto_attestation.v1.resource_descriptor_pb2")
        stamp = importlib.import_module("google.protobuf.timestamp_pb2")
        assert {"verifier", "timeCreated", "properties"} == set(predicate)
        assert {"id", "policies"} == set(predicate["verifier"])
        stamp.Timestamp().FromJsonString(predicate["timeCreated"])
        for policy in predicate["verifier"]["policies"]:
            json_format.ParseDict(policy, descriptor.ResourceDescriptor())


def keyless(bundle, identity):
    """Verify by an identity with what repro calls, and the trusted root that Sigstore's library brings."""
    import sigstore

    from repro_action.signing.keyless import Identity, verified_keyless

    (root,) = (
        path
        for path in Path(sigstore.__file__).parent.rglob("trusted_root.json")
        if "repo-cdn.sigstore.dev" in str(path)
    )
    data = Path(bundle).read_bytes()
    who = identity or named(data)
    payload = verified_keyless(data, Identity(name=who, issuer="", trusted_root=root))
    assert payload == base64.b64decode(envelope(bundle)["payload"])


def named(data):
    """Return who a certificate is of."""
    from cryptography import x509

    raw = json.loads(data)["verificationMaterial"]["certificate"]["rawBytes"]
    certificate = x509.load_der_x509_certificate(base64.b64decode(raw))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return names.get_values_for_type(x509.RFC822Name)[0]


if __name__ == "__main__":
    try:
        globals()[sys.argv[1]](*sys.argv[2:])
    except Exception as error:  # noqa: BLE001 # a judge may refuse with anything
        sys.exit(f"{type(error).__name__}: {error}")
