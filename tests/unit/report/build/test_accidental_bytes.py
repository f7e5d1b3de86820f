# SPDX-License-Identifier: Apache-2.0
"""Bytes that differ though every leaf agrees are put down to their writer, its line and the line that ends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from factories import make_fingerprint, make_leaf, make_product

from repro_action.compare.judge import compare
from repro_action.digest import digest_bytes
from repro_action.fingerprint import Product
from repro_action.pyanalysis.accesses import Access
from repro_action.report.build.accidental_bytes import MAX_NOTES, accidental_bytes
from repro_action.report.model import Notice


def product(format: str, *rules: str) -> Product:
    made = make_product({"": make_leaf("same")})
    return replace(made, format=format, excluded={f"[{rule}]": rule for rule in rules})


def notes(products: Mapping[str, Product], *writes: Access) -> tuple[Notice, ...]:
    """Return the notes on products whose container bytes alone differ."""
    other = {
        path: replace(one, digest=digest_bytes("blake3", path.encode())) for path, one in products.items()
    }
    found = compare(make_fingerprint(products=products), make_fingerprint(products=other))
    return accidental_bytes(found, lambda: {one.path: one for one in writes})


def write(path: str, call: str, line: int = 14) -> Access:
    return Access(path=path, mode="write", module="train.py", line=line, call=call)


def test_the_line_that_writes_and_the_line_that_ends_it_are_named() -> None:
    (note,) = notes({"out/a.svg": product("svg", "svg-date", "svg-ids")}, write("out/a.svg", "savefig"))
    assert "train.py:14" == note.where
    assert (
        "only bytes of out/a.svg differ: Matplotlib writes the date and random ids for each figure"
        in note.what
    )
    assert 'metadata={"Date": None}' in note.remedy
    assert "svg.hashsalt" in note.remedy


def test_without_a_line_the_artifact_alone_is_named() -> None:
    (note,) = notes({"a.zip": product("zip")})
    assert "" == note.where
    assert "only bytes of a.zip differ" in note.what


@pytest.mark.parametrize(
    ("call", "said"), [("savefig", "Matplotlib"), ("save", "Pillow"), ("run", "Matplotlib")]
)
def test_of_several_writers_the_call_in_the_source_decides(call: str, said: str) -> None:
    (note,) = notes({"a.pdf": product("pdf", "pdf-dates")}, write("a.pdf", call))
    assert said in note.what


def test_artifacts_of_one_writer_share_a_note() -> None:
    (note,) = notes({f"{name}.gz": product("gz of text") for name in "abcd"})
    assert "a.gz, b.gz and 2 more" in note.what


def test_notes_are_bounded_and_a_format_without_accidental_bytes_has_none() -> None:
    kinds = ("svg", "pdf", "torch", "skops", "zip", "tar", "json", "hdf5", "sqlite", "pickle", "gz", "npz")
    rules = ("svg-date", "pdf-dates")
    found = notes({f"{kind}.x": product(kind, *rules) for kind in kinds})
    assert MAX_NOTES == len(found)
    assert not any("npz" in note.what for note in found)


def test_what_differs_in_its_leaves_has_no_note() -> None:
    before = {"a.svg": product("svg", "svg-date")}
    after = {"a.svg": replace(before["a.svg"], leaves={"": make_leaf("other")})}
    found = compare(make_fingerprint(products=before), make_fingerprint(products=after))
    assert () == accidental_bytes(found, dict)
