# SPDX-License-Identifier: Apache-2.0
"""Every document of version 1 is read, and nothing of it is lost when it is written again."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from repro_action import schemas
from repro_action.codec import baseline
from repro_action.report.json import bundle, probe, report

CORPUS = Path(__file__).parent / "v1"
CODECS = {"baseline": baseline, "bundle": bundle, "probe": probe, "report": report}
DOCUMENTS = sorted(CORPUS.glob("*-*.json"))

each = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)


def kind(path):
    return path.stem.partition("-")[0]


def test_there_are_documents_of_every_kind():
    assert set(CODECS) == {kind(path) for path in DOCUMENTS}


def holds(new, old):
    """Whether a value has all that an older one has; keys may have come since."""
    if isinstance(old, dict):
        return isinstance(new, dict) and all(key in new and holds(new[key], old[key]) for key in old)
    if isinstance(old, list):
        return len(new) == len(old) and all(map(holds, new, old))
    return new == old and type(new) is type(old)


@each
def test_a_document_of_version_1_is_read_and_nothing_of_it_is_lost(path):
    codec, text = CODECS[kind(path)], path.read_text(encoding="utf-8")
    written = codec.dump(codec.load(text))
    assert holds(json.loads(written), json.loads(text))
    assert written == codec.dump(codec.load(written))


@pytest.mark.parametrize(
    "path", [path for path in DOCUMENTS if kind(path) == "baseline"], ids=lambda path: path.stem
)
def test_a_baseline_of_version_1_is_written_back_to_the_letter(path):
    text = path.read_text(encoding="utf-8")
    assert text == baseline.dump(baseline.load(text))


@each
@pytest.mark.parametrize("of", ["then", "now"])
def test_a_document_of_version_1_fits_its_schema(path, of):
    schema = schemas.load(f"{kind(path)}.v1")
    if of == "then":
        schema = json.loads((CORPUS / "schemas" / f"{kind(path)}.v1.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(path.read_text(encoding="utf-8")))


def test_a_baseline_of_version_1_still_has_the_fingerprint_it_had():
    ids = {
        f"{path.stem}/{platform}": baseline.equality_id(fingerprint)
        for path in DOCUMENTS
        if kind(path) == "baseline"
        for platform, fingerprint in baseline.load(path.read_text(encoding="utf-8")).platforms.items()
    }
    assert ids == json.loads((CORPUS / "fingerprints.json").read_text(encoding="utf-8"))
