# SPDX-License-Identifier: Apache-2.0
"""The document of `repro status --json`."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest

from repro_action import schemas
from repro_action.errors import ArtifactUnreadable
from repro_action.findings.suspect import Suspect
from repro_action.fingerprint import MaterialKind
from repro_action.report.json import status
from repro_action.report.status import StatusReport, UndeclaredRead

SEED = Suspect(kind=MaterialKind.SEED, name="seed", before="1", after='"1"', text='seed 1 → "1"')
READ = UndeclaredRead(file="train.py", line=3, path="extra.csv")
REPORTS = {
    "no baseline": StatusReport(built=False),
    "the same": StatusReport(platform="x86_64-v3", built=True, undeclared=(READ,)),
    "another seed": StatusReport(platform="x86_64-v3", built=True, suspects=(SEED,)),
}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_it_is_read_as_it_was_written_and_follows_its_schema(report):
    document = json.loads(json.dumps(status.as_json(report)))
    jsonschema.validate(document, schemas.load("status.v1"))
    assert status.load(json.dumps(document)) == report


def test_texts_beyond_their_bound_are_cut():
    long = replace(SEED, text="x" * (status.TEXT + 1))
    (found,) = status.load(json.dumps(status.as_json(StatusReport(built=True, suspects=(long,))))).suspects
    assert len(found.text) <= status.TEXT


@pytest.mark.parametrize(
    "change", [{"exit_code": 1}, {"version": 2}, {"more": 1}, {"platform": "x86_64-v3", "exit_code": 3}]
)
def test_what_contradicts_itself_or_its_version_is_refused(change):
    document = {**status.as_json(StatusReport(built=True)), **change}
    with pytest.raises(ArtifactUnreadable):
        status.load(json.dumps(document))
