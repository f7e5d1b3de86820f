# SPDX-License-Identifier: Apache-2.0
"""From a verified run to the bytes of its pack: items, README, manifest, list of digests, signature."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from repro_action.codec.canonical import Json, indented
from repro_action.errors import ReproError
from repro_action.evidence.pack.archive import write_archive
from repro_action.evidence.pack.checker.pack_items import (
    MANIFEST,
    SIGNATURE,
    SUMS,
    fingerprints,
    parse_json,
    sums,
)
from repro_action.evidence.pack.contents import PackItem, PackSources, items
from repro_action.evidence.pack.readme import README, readme
from repro_action.evidence.provenance import BUILD_TYPE
from repro_action.evidence.statement import InTotoStatement, StatementSubject
from repro_action.evidence.verified_run import VerifiedRun

KIND = "repro-pack"
VERSION = 1
PACK = f"{BUILD_TYPE.rpartition('/')[0]}/pack.md"
"""Type of the predicate that the manifest is signed with."""
StatementSigner = Callable[[InTotoStatement], str]
"""From a statement to its signed envelope."""


class PackItemTwice(ReproError):
    """Two items of a pack would have one name."""


def make_pack(found: PackSources, sign: StatementSigner | None = None) -> bytes:
    """Return the pack of a run; the same sources have the same bytes.

    Args:
        found: what it is made from.
        sign: signs the manifest; None to leave the pack unsigned.

    Raises:
        PackItemTwice: two logs or locks would have one name.
        PackTooLarge: it has too many items, or too large ones.
    """
    listed = list(items(found))
    page = readme(found.run, listed, signed=sign is not None)
    listed.append(PackItem(path=README, about="how to check everything", content=page.encode("utf-8")))
    members = {item.path: item.content for item in listed}
    if len({path.lower() for path in members}) < len(listed):
        raise PackItemTwice(
            "two steps, locks or statements would have one name in the pack",
            why="Names in a pack are of letters, digits, dots and dashes, and differ in more than case.",
            remedy="Rename one of the steps.",
        )
    members[MANIFEST] = _manifest(found, listed)
    members[SUMS] = sums(members)
    if sign is not None:
        members[SIGNATURE] = sign(_about_manifest(found.run, members[MANIFEST])).encode("ascii")
    return write_archive(members)


def _about_manifest(run: VerifiedRun, manifest: bytes) -> InTotoStatement:
    """Return the statement whose signature is the pack's: the manifest has the digest of every item."""
    return InTotoStatement(
        subjects=(StatementSubject(name=MANIFEST, sha256=hashlib.sha256(manifest).hexdigest()),),
        predicate_type=PACK,
        predicate={"model": run.name, "commit": run.source.commit, "fingerprint": run.fingerprint_id},
    )


def _manifest(found: PackSources, listed: list[PackItem]) -> bytes:
    run = found.run
    accepted = fingerprints(parse_json(found.baseline)).get(run.platform, ("", {}))[0]
    value: dict[str, Json] = {
        "kind": KIND,
        "version": VERSION,
        "tool": run.report.tool,
        "name": run.name,
        "commit": run.source.commit,
        "repository": run.source.repository,
        "project": run.source.project,
        "platform": run.platform,
        "level": run.level.value,
        "fingerprint": run.fingerprint_id,
        "baseline_fingerprint": accepted,
        "items": [_line(item) for item in sorted(listed, key=lambda item: item.path)],
        "artifacts": [
            {
                "path": file.path,
                "product": file.product,
                "size": file.size,
                "sha256": file.sha256.value,
            }
            for file in run.files
        ],
    }
    return indented(value).encode("ascii")


def _line(item: PackItem) -> Mapping[str, Json]:
    digest = hashlib.sha256(item.content).hexdigest()
    return {"path": item.path, "about": item.about, "size": len(item.content), "sha256": digest}
