# SPDX-License-Identifier: Apache-2.0
"""What a record of a verification may say, and for what it vouches."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from publish.bundles import bundle, entry, with_report
from publish.records import document

from repro_action.errors import ArtifactUnreadable
from repro_action.report.json import verification as verification_json
from repro_action.report.model import EarlierRun
from repro_action.report.verification import records_of
from repro_action.verdict import Verdict


def test_a_record_is_made_of_a_training_that_reproduced_and_of_nothing_else():
    trained = replace(entry(Verdict.REPRODUCED), trained=True)
    assert ["wine"] == [one.model for one in records_of(bundle(trained))]
    for other in (
        replace(trained, trained=False),
        replace(trained, candidate=None),
        replace(entry(Verdict.EQUIVALENT), trained=True),
        replace(entry(Verdict.DRIFTED), trained=True),
        with_report(trained, fingerprint="0" * 64),
        with_report(trained, verified_in=EarlierRun(run=1, date="2026-01-01", commit="a" * 40)),
    ):
        assert () == records_of(bundle(other))


def test_a_record_vouches_for_its_own_model_platform_and_products_alone():
    trained = replace(entry(Verdict.REPRODUCED), trained=True)
    (record,) = records_of(bundle(trained))
    (accepted,) = trained.candidate.platforms.values()
    assert record.vouches_for("wine", accepted)
    assert record.vouches_for("wine", replace(accepted, circumstances={"cpu": "another"}))
    (other,) = entry(Verdict.REPRODUCED, content="other").candidate.platforms.values()
    assert not record.vouches_for("wine", other)
    assert not record.vouches_for("iris", accepted)
    assert not record.vouches_for("wine", replace(accepted, platform="aarch64-linux"))
    assert not record.vouches_for("wine", replace(accepted, metrics={"m.json": {"auc": 1.0}}))
    assert not replace(record, verdict=Verdict.EQUIVALENT).vouches_for("wine", accepted)


def record(**changes):
    return [{**document()["records"][0], **changes}]


HOSTILE = {
    "no JSON": "<html>",
    "a list": "[]",
    "deep": "[" * 100_000,
    "another version": json.dumps(document(version=2)),
    "an unknown key": json.dumps(document(trusted=True)),
    "an unknown key of a record": json.dumps(document(records=record(note="x"))),
    "a key twice": json.dumps(document())[:-1] + ', "run": 8}',
    "no records": json.dumps(document(records=[])),
    "a record twice": json.dumps(document(records=record() * 2)),
    "too many records": json.dumps(document(records=[record(config=f"{n}/r.toml")[0] for n in range(1001)])),
    "a path upwards": json.dumps(document(records=record(config="../repro.toml"))),
    "an id that is not valid": json.dumps(document(records=record(materials="x"))),
    "an unknown verdict": json.dumps(document(records=record(verdict="fine"))),
    "a commit that is not valid": json.dumps(document(commit="main")),
    "a date that is not valid": json.dumps(document(date="yesterday")),
    "no run": json.dumps(document(run=0)),
    "a run that is not a number": json.dumps(document(run="7")),
    "a long text": json.dumps(document(tool="x" * 501)),
    "not ASCII": json.dumps(document(tool="é"), ensure_ascii=False).encode(),
    "too large": json.dumps(document()) + " " * verification_json.LARGEST,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_document_that_the_action_does_not_write_is_refused(text):
    with pytest.raises(ArtifactUnreadable):
        verification_json.load(text)


def test_a_document_is_read_as_it_was_written_and_is_the_same_text_each_time():
    text = verification_json.dump(verification_json.load(json.dumps(document())))
    assert document() == json.loads(text)
    assert text == verification_json.dump(verification_json.load(text))
