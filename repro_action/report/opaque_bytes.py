# SPDX-License-Identifier: Apache-2.0
"""What every medium says of bytes that no reader knows; the text beside a difference is foreign."""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.compare.byte_facts import ByteFacts
from repro_action.report.model import LeafDifference

UNKNOWN = "which bytes differ is unknown: only a digest of the accepted file is available"


def opaque(leaf: LeafDifference) -> str:
    """Return how bytes differ and what is in them, in one line; empty of a leaf that is none."""
    facts = leaf.opaque
    return ", ".join(_parts(leaf, facts)) if facts is not None else ""


def _parts(leaf: LeafDifference, facts: ByteFacts) -> Iterator[str]:
    if facts.first is None:
        yield UNKNOWN
    else:
        if facts.between_runs:
            yield UNKNOWN
            yield f"two runs here differ from byte {facts.first} on"
        yield f"{facts.differing} of {facts.total} bytes"
        if facts.last is not None and facts.last != facts.first:
            yield f"the last at byte {facts.last}"
        if facts.near and facts.near not in leaf.after:
            yield f'beside the text "{facts.near}"'
    if facts.packed and facts.entropy is not None:
        where = "" if facts.first is None else " from there on"
        yield f"compressed or encrypted{where} ({facts.entropy:.2f} bits a byte)"
    for archive in facts.archives:
        yield f"{archive.format} at byte {archive.offset}"
