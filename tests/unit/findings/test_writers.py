# SPDX-License-Identifier: Apache-2.0
"""The table of writers of accidental bytes fits the readers, their rules and the documentation."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro_action.findings.writers import TABLE, document, writers_of
from repro_action.readers import READERS, accidental
from repro_action.readers import _load as load
from repro_action.readers.tables.sqlite_file import MEANINGS

PICTURES = {"jpeg", "webp", "tiff"}
"""Formats that one reader reads under names of their own."""


def test_the_documentation_shows_the_table() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reports.md").read_text(encoding="utf-8")
    assert document() in page


def test_every_rule_of_the_table_is_a_rule_of_a_reader() -> None:
    assert {rule for row in TABLE for rule in row.rules} <= {part.rule for part in accidental.TABLE}


def test_every_format_of_the_table_is_read() -> None:
    known = {load(entry).name for entry in READERS} | PICTURES | {one.format for one in MEANINGS}
    named = {name for row in TABLE for kind in row.formats for name in kind.split(" of ")}
    assert set() == named - known - {"gz"}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.library}-{'-'.join(row.formats)}")
def test_each_row_says_what_to_do(row) -> None:
    assert row.line or row.prose
    assert row.what


@pytest.mark.parametrize(
    ("format", "rules", "libraries"),
    [
        ("svg", ("svg-date", "svg-ids"), ["Matplotlib", "Matplotlib"]),
        ("svg", ("svg-date",), ["Matplotlib"]),
        ("gz of table", (), ["pandas", "gzip"]),
        ("gz of text", (), ["gzip"]),
        ("bz2 of table", (), []),
        ("table", (), []),
        ("arrow", (), []),
        ("npz", (), []),
        ("folder", ("keras-date-saved",), ["Keras"]),
        ("folder", (), []),
        ("svg", (), []),
    ],
)
def test_who_may_have_written_what_differs(format: str, rules: tuple[str, ...], libraries: list[str]) -> None:
    assert libraries == [row.library for row in writers_of(format, rules)]
