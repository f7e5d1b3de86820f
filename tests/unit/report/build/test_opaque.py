# SPDX-License-Identifier: Apache-2.0
"""Of bytes whose accepted side is not at hand, what two runs of one verification show is said as that."""

from __future__ import annotations

from dataclasses import replace

from factories import make_fingerprint, make_product

from repro_action.compare.difference import Difference
from repro_action.compare.judge import compare
from repro_action.readers.arrays import bytes_leaf
from repro_action.readers.protocol import ReadContext
from repro_action.report.build.artifacts import artifacts
from repro_action.report.build.opaque import disagreeing_bytes, with_repetition
from repro_action.report.model import LeafDifference
from repro_action.report.opaque_bytes import UNKNOWN, opaque
from repro_action.tree import Leaf

REASON = "no reader knows this format"
CONTEXT = ReadContext()
OLD, FIRST, SECOND = (bytes_leaf(b"\0\0name=tiny\0" + text, CONTEXT) for text in (b"ab", b"cd", b"ce"))


def difference(one: Leaf, other: Leaf) -> Difference:
    before, after = (
        make_fingerprint(
            products={
                "m.bin": replace(make_product({"": leaf}), format="bytes", reason=REASON, digest=leaf.digest)
            }
        )
        for leaf in (one, other)
    )
    return compare(before, after)


def said(found: Difference) -> LeafDifference:
    ((artifact,), _) = artifacts(found.products, ())
    (leaf,) = artifact.leaves
    return leaf


def test_bytes_of_which_only_a_digest_is_known_are_described_by_two_runs_that_disagree() -> None:
    known = difference(replace(OLD, payload=None), SECOND)
    assert UNKNOWN == opaque(said(known))
    text = opaque(said(with_repetition(known, difference(FIRST, SECOND))))
    assert text.startswith(f"{UNKNOWN}, two runs here differ from byte 13 on, 1 of 14 bytes")


def test_what_is_known_of_the_accepted_bytes_is_not_replaced() -> None:
    known = difference(OLD, SECOND)
    assert known == with_repetition(known, difference(FIRST, SECOND))
    assert said(known).opaque == said(with_repetition(known, None)).opaque


def test_the_artifact_says_once_why_it_was_read_as_bytes() -> None:
    assert "" == said(difference(OLD, SECOND)).reason


def test_a_first_run_that_disagrees_says_in_which_bytes() -> None:
    listed, _ = artifacts(difference(FIRST, SECOND).products, ())
    (note,) = disagreeing_bytes(listed)
    assert ("m.bin", REASON) == (note.where, note.why)
    assert note.what.startswith("two runs differ from byte 13 on: 1 of 14 bytes")
    assert "docs/formats.md" in note.remedy
