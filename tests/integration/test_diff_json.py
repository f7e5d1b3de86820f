# SPDX-License-Identifier: Apache-2.0
"""The document of `repro diff --json` has a published schema, and the notes that the terminal shows."""

from __future__ import annotations

import gzip
import json
import zipfile

import jsonschema
import pytest

from repro_action import schemas
from repro_action.config.model import Tolerance
from repro_action.flows.diff import DiffOptions, diff
from repro_action.report.json.diff import as_json


@pytest.fixture
def tables(tmp_path):
    """Write two tables that differ by the time in gzip's header."""
    for number, name in enumerate("ab"):
        (tmp_path / f"{name}.csv.gz").write_bytes(gzip.compress(b"x,y\n1,2\n", mtime=number))
    return tmp_path


def document(folder, left, right):
    found = diff(folder, left, right, DiffOptions(tolerance=Tolerance()), lambda: pytest.fail("no project"))
    return json.loads(json.dumps(as_json(found)))


def test_it_follows_the_schema_and_says_who_writes_accidental_bytes(tables):
    found = document(tables, "a.csv.gz", "b.csv.gz")
    jsonschema.validate(found, schemas.load("diff.v1"))
    assert (1, "diff", 0, True) == tuple(found[key] for key in ("version", "command", "exit_code", "same"))
    assert [
        {
            "what": "only bytes of b.csv.gz differ: pandas writes the time in the header of gzip",
            "why": "All that is compared agrees.",
            "cure": '`table.to_csv(path, compression={"method": "gzip", "mtime": 0})`.',
            "where": "",
        }
    ] == found["notes"]


def test_same_bytes_need_no_note(tables):
    assert [] == document(tables, "a.csv.gz", "a.csv.gz")["notes"]


def test_leaves_that_are_left_out_of_one_file_are_called_by_it(tmp_path):
    """A Keras file has the date of saving; neither side has a path inside a project."""
    for day in ("1", "2"):
        with zipfile.ZipFile(tmp_path / f"{day}.keras", "w") as archive:
            archive.writestr(
                "metadata.json",
                json.dumps({"keras_version": "3.15.1", "date_saved": f"2026-01-0{day}@10:00:00"}),
            )
            archive.writestr("config.json", "{}")
    found = document(tmp_path, "1.keras", "2.keras")
    assert [("2.keras", "keras-date-saved")] == [
        (one["artifact"], one["rule"]) for one in found["comparison"]["excluded"]
    ]
