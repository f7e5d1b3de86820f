# SPDX-License-Identifier: Apache-2.0
"""Every document of version 1 that was ever written is read, and written back to the letter."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from repro_action import schemas
from repro_action.codec import baseline, bundle, probe, report

CORPUS = Path(__file__).parent / "v1"
CODECS = {"baseline": baseline, "bundle": bundle, "probe": probe, "report": report}
DOCUMENTS = sorted(CORPUS.glob("*-*.json"))

each = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)


def kind(path):
    return path.stem.partition("-")[0]


def test_there_are_documents_of_every_kind():
    assert set(CODECS) == {kind(path) for path in DOCUMENTS}


@each
def test_a_document_of_version_1_is_read_and_written_back_to_the_letter(path):
    codec, text = CODECS[kind(path)], path.read_text(encoding="utf-8")
    assert text == codec.dump(codec.load(text))


@each
@pytest.mark.parametrize("of", ["then", "now"])
def test_a_document_of_version_1_fits_its_schema(path, of):
    schema = schemas.load(f"{kind(path)}.v1")
    if of == "then":
        schema = json.loads((CORPUS / "schemas" / f"{kind(path)}.v1.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(path.read_text(encoding="utf-8")))


def test_a_baseline_of_version_1_still_has_the_fingerprint_it_had():
    ids = {
        f"{path.stem}/{platform}": baseline.fingerprint_id(fingerprint)
        for path in DOCUMENTS
        if kind(path) == "baseline"
        for platform, fingerprint in baseline.load(path.read_text(encoding="utf-8")).platforms.items()
    }
    assert ids == json.loads((CORPUS / "fingerprints.json").read_text(encoding="utf-8"))
