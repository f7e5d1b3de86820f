# SPDX-License-Identifier: Apache-2.0
"""What the items of a pack say of each other, and of files beside it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from repro_action.evidence.pack.checker.archive_form import Data, Fault, read_archive
from repro_action.evidence.pack.checker.signatures import PublicKeyLike

MANIFEST, SUMS, SIGNATURE = "MANIFEST.json", "SHA256SUMS", "MANIFEST.sigstore.json"
REPORT, RUN, BASELINE = "report.json", "run.json", "baseline.json"
STATEMENTS, FILES = "statements/", "artifacts/"
WITHOUT_DIGEST = (MANIFEST, SUMS, SIGNATURE)
LONGEST_TEXT = 64 << 20
"""Bytes of an item that is read as JSON."""

_SHA256 = re.compile("[0-9a-f]{64}")


class Checked(NamedTuple):
    """A pack that was checked.

    Attributes:
        faults: everything that is wrong with it.
        members: item → content.
        manifest: without artifacts where it is damaged.
    """

    faults: list[Fault]
    members: dict[str, Data]
    manifest: dict[str, Any]


def check(data: Data) -> Checked:
    """Check a pack as far as it says something of itself: not whom it is from, and no file outside of it."""
    members, faults = read_archive(data)
    try:
        manifest = read_manifest(members)
    except ValueError as error:
        return Checked([*faults, Fault(MANIFEST, str(error))], members, {"artifacts": []})
    faults += _item_faults(members, manifest)
    faults += _sum_faults(members)
    for item, part in _PARTS.items():
        try:
            faults += part(members, manifest)
        except (
            ValueError,
            TypeError,
            AttributeError,
            RecursionError,
        ) as error:  # of a shape that repro never writes
            faults.append(Fault(item, f"it is damaged: {error}"))
    return Checked(list(dict.fromkeys(faults)), members, manifest)


def read_manifest(members: Mapping[str, Data]) -> dict[str, Any]:
    """Read the manifest strictly.

    Raises:
        ValueError: it is not as repro writes it.
    """
    manifest = read_json(members, MANIFEST)
    text = json.dumps(manifest, sort_keys=True, indent=1) + "\n"
    if text.encode("ascii") != bytes(members[MANIFEST]):
        raise ValueError("it is not written as repro writes it")
    if manifest.get("kind") != "repro-pack" or manifest.get("version") != 1:
        raise ValueError("it is not the manifest of a pack of version 1")
    texts = ("name", "commit", "platform", "fingerprint", "baseline_fingerprint", "level")
    if not all(isinstance(manifest.get(key), str) for key in texts):
        raise ValueError("it lacks what a manifest says")
    for key in ("items", "artifacts"):
        lines = manifest.get(key)
        if not isinstance(lines, list) or not all(map(_is_line, lines)):
            raise ValueError(f"its list of {key} is damaged")
    return manifest


def _is_line(line: object) -> bool:
    if not isinstance(line, dict) or type(line.get("size")) is not int:
        return False
    digest = line.get("sha256")
    return isinstance(line.get("path"), str) and isinstance(digest, str) and bool(_SHA256.fullmatch(digest))


def read_json(members: Mapping[str, Data], name: str) -> dict[str, Any]:
    """Read an item as one JSON object without double keys.

    Raises:
        ValueError: it is missing, or none.
    """
    if name not in members:
        raise ValueError("it is missing")
    return parse_json(members[name])


def parse_json(data: Data) -> dict[str, Any]:
    """Read one JSON object without double keys.

    Raises:
        ValueError: it is none.
    """
    if len(data) > LONGEST_TEXT:
        raise ValueError(f"it is larger than {LONGEST_TEXT} bytes")
    try:
        value = json.loads(str(data, "utf-8"), object_pairs_hook=_unique)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    if not isinstance(value, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004 # of the content, not of an argument
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key appears twice in one object")
    return members


def _item_faults(members: Mapping[str, Data], manifest: dict[str, Any]) -> Iterator[Fault]:
    listed = {line["path"]: line for line in manifest["items"]}
    if list(listed) != sorted(line["path"] for line in manifest["items"]):
        yield Fault(MANIFEST, "its items are not in order, or one is listed twice")
    for name in sorted({*listed, *members} - {*WITHOUT_DIGEST}):
        if name not in members:
            yield Fault(name, "it is missing")
        elif name not in listed:
            yield Fault(name, "it is not in the manifest")
        elif len(members[name]) != listed[name]["size"] or _sha256(members[name]) != listed[name]["sha256"]:
            yield Fault(name, "it is not what the manifest says: size or SHA-256 differ")


def _sum_faults(members: Mapping[str, Data]) -> Iterator[Fault]:
    if SUMS not in members:
        yield Fault(SUMS, "it is missing")
    elif bytes(members[SUMS]) != sums(members):
        yield Fault(SUMS, "it does not list the items as they are")


def sums(members: Mapping[str, Data]) -> bytes:
    """Return the list of SHA-256 that `sha256sum -c` reads."""
    names = sorted({*members} - {SUMS, SIGNATURE})
    return "".join(f"{_sha256(members[name])}  {name}\n" for name in names).encode("ascii", "replace")


def _sha256(data: Data) -> str:
    return hashlib.sha256(data).hexdigest()


def _report_faults(members: Mapping[str, Data], manifest: dict[str, Any]) -> Iterator[Fault]:
    report = read_json(members, REPORT)
    expected = {"name": manifest["name"], "fingerprint": manifest["fingerprint"]}
    for key, value in expected.items():
        if report.get(key) != value:
            yield Fault(REPORT, f"its {key} is not the manifest's: it is of another run")
    if report.get("verdict") not in ("reproduced", "equivalent"):
        yield Fault(REPORT, "its verdict proves nothing")


def _record_faults(members: Mapping[str, Data], manifest: dict[str, Any]) -> Iterator[Fault]:
    run = fingerprints(read_json(members, RUN))
    if run.get(manifest["platform"], ("", {}))[0] != manifest["fingerprint"]:
        yield Fault(RUN, "its fingerprint is not the one of the report")


def fingerprints(document: dict[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return platform class → the id of what is recorded of it, and the record."""
    platforms = document.get("platforms")
    if not isinstance(platforms, dict) or not all(isinstance(one, dict) for one in platforms.values()):
        raise ValueError("it has no fingerprints")
    found = {}
    for name, one in platforms.items():
        value = {**one, "platform": name}
        text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        escaped = re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)
        found[name] = (hashlib.sha256(escaped.encode("utf-8")).hexdigest(), one)
    return found


def _baseline_faults(members: Mapping[str, Data], manifest: dict[str, Any]) -> Iterator[Fault]:
    accepted = fingerprints(read_json(members, BASELINE)).get(manifest["platform"])
    if accepted is None or accepted[0] != manifest["baseline_fingerprint"]:
        yield Fault(BASELINE, "its fingerprint is not the one that the run was compared with")
        return
    if manifest["level"] != "bit-identical":
        return
    try:
        run = fingerprints(read_json(members, RUN)).get(manifest["platform"], ("", {}))[1]
    except ValueError:
        return  # that is a fault of the record
    for path, product in run.get("products", {}).items():
        other = accepted[1].get("products", {}).get(path, {})
        algorithms = [str(one.get("digest")).partition(":")[0] for one in (product, other)]
        if algorithms[0] == algorithms[1] and product.get("digest") != other.get("digest"):
            yield Fault(BASELINE, f"the run made another {path[:200]!a}")


def _statement_faults(members: Mapping[str, Data], manifest: dict[str, Any]) -> Iterator[Fault]:
    known = {line["sha256"] for line in manifest["artifacts"]} | _models(manifest)
    for name in sorted(members):
        if name != SIGNATURE and not (name.startswith(STATEMENTS) and name.endswith(".json")):
            continue
        try:
            subjects = _subjects(parse_json(members[name]))
        except ValueError as error:
            yield Fault(name, str(error))
            continue
        wanted = {_sha256(members[MANIFEST])} if name == SIGNATURE else known
        if subjects is not None and (not subjects or not subjects <= wanted):
            yield Fault(name, "its subject is not what this pack is of")


def _models(manifest: dict[str, Any]) -> set[str]:
    """Return the digest of each product as OpenSSF Model Signing makes it: over those of its files."""
    found: dict[str, bytes] = {}
    for line in sorted(manifest["artifacts"], key=lambda line: line["path"]):
        product = str(line.get("product"))
        found[product] = found.get(product, b"") + bytes.fromhex(line["sha256"])
    return {_sha256(digests) for digests in found.values()}


def _subjects(document: dict[str, Any]) -> set[str] | None:
    """Return the SHA-256 of what a statement is about, in an envelope or not; None where it is none."""
    envelope = _envelope(document)
    if envelope is not None:
        document = parse_json(_base64(envelope["payload"]))
    if "_type" not in document:
        return None
    subject = document.get("subject")
    if not isinstance(subject, list) or not all(isinstance(one, dict) for one in subject):
        raise ValueError("its subject is damaged")
    return {str((one.get("digest") or {}).get("sha256")) for one in subject}


def _envelope(document: dict[str, Any]) -> dict[str, Any] | None:
    envelope = document.get("dsseEnvelope", document)
    return envelope if isinstance(envelope, dict) and "payload" in envelope else None


def _base64(text: object) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except binascii.Error:
        raise ValueError("it holds what is not base64") from None


def signature_faults(members: Mapping[str, Data], keys: Sequence[PublicKeyLike]) -> Iterator[Fault]:
    """Verify the signature of the manifest, and those of statements that are signed by a key.

    Args:
        members: of the pack.
        keys: public keys, one of which must have signed each.
    """
    if SIGNATURE not in members:
        yield Fault(SIGNATURE, "it is missing: the pack is not signed")
    for name in sorted(members):
        if name != SIGNATURE and not (name.startswith(STATEMENTS) and name.endswith(".json")):
            continue
        try:
            signed = _is_signed(parse_json(members[name]), keys)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            yield Fault(name, f"its signature is damaged: {error}")
            continue
        if signed is False or (signed is None and name == SIGNATURE):
            yield Fault(name, "none of the given keys signed it")


def _is_signed(document: dict[str, Any], keys: Sequence[PublicKeyLike]) -> bool | None:
    """Whether one of the keys signed a statement; None where no key did, but an identity or nobody."""
    envelope = _envelope(document)
    material = document.get("verificationMaterial")
    if envelope is None or (isinstance(material, dict) and "publicKey" not in material):
        return None
    kind, payload = str(envelope["payloadType"]).encode(), _base64(envelope["payload"])
    message = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
    signatures = [_base64(one["sig"]) for one in envelope["signatures"][:16]]
    return any(key.verify(message, one) for key in keys for one in signatures)


_PARTS = {
    REPORT: _report_faults,
    RUN: _record_faults,
    BASELINE: _baseline_faults,
    STATEMENTS: _statement_faults,
}


def artifact_faults(manifest: dict[str, Any], folder: Path) -> Iterator[Fault]:
    """Compare the files of a folder with the artifacts that a pack is of; links are not followed."""
    for line in manifest["artifacts"]:
        path = line["path"]
        parts = path.split("/")
        if "\\" in path or "\0" in path or not {"", ".", ".."}.isdisjoint(parts):
            yield Fault(path, "its path leads out of the folder")
            continue
        try:
            reason = _artifact_fault(line, [folder.joinpath(*parts[: end + 1]) for end in range(len(parts))])
        except (OSError, ValueError) as error:  # ValueError: a name that no file can have
            reason = f"it cannot be read: {error}"
        if reason:
            yield Fault(path, reason)


def _artifact_fault(line: dict[str, Any], places: list[Path]) -> str:
    """Return what is wrong with a file; its place comes last, after the folders that lead there."""
    if any(place.is_symlink() for place in places) or not places[-1].is_file():
        return "there is no such file in the folder, or it is a link"
    same = places[-1].stat().st_size == line["size"] and file_digest(places[-1]) == line["sha256"]
    return "" if same else "it is not the artifact that was verified: size or SHA-256 differ"


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
