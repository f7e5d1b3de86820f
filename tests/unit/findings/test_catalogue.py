# SPDX-License-Identifier: Apache-2.0
"""Laws of the catalogue: every reason for runs to differ is in it once, with what to do."""

from __future__ import annotations

import pytest
from factories import make_fingerprint, make_leaf, make_product

from repro_action.compare.judge import compare
from repro_action.finding import FindingKind
from repro_action.findings.catalogue import CATALOGUE, as_sentence, remedies
from repro_action.findings.observed import Agreement, suspicious
from repro_action.findings.symptoms import Symptoms, recognised
from repro_action.observation import Observation, ObservationKind
from repro_action.probe.variations.names import NAMES

HARMLESS = {ObservationKind.READ, ObservationKind.PROCESS}


def test_every_kind_is_in_the_catalogue_with_what_to_do():
    assert {*FindingKind} - {FindingKind.UNKNOWN} == {*CATALOGUE}
    assert [] == [kind for kind, known in CATALOGUE.items() if not known.remedy.strip()]


def test_every_variation_is_a_kind_with_a_remedy_in_sentences():
    assert [] == [name for name in NAMES if not remedies([FindingKind(name).value]).endswith(".")]


@pytest.mark.parametrize("kind", sorted({*ObservationKind} - HARMLESS))
def test_what_was_seen_is_reported_with_its_call_its_step_and_the_remedy_of_its_kind(kind):
    seen = Observation(kind=kind, what="call()", file="train.py", line=3, detail="parts", step="train")
    (found,) = suspicious([seen], Agreement.UNKNOWN)
    assert found.what.startswith("call() ")
    assert ("train", "train.py:3") == (found.step, found.location)
    assert CATALOGUE[found.kind].remedy == found.remedy


@pytest.mark.parametrize("kind", sorted(HARMLESS))
def test_what_cannot_make_runs_differ_is_no_finding(kind):
    seen = Observation(kind=kind, what="call()", file="train.py", line=3)
    assert () == suspicious([seen], Agreement.UNKNOWN)


def test_what_several_steps_did_at_one_line_is_one_finding_of_the_first():
    seen = [
        Observation(kind=ObservationKind.CLOCK, what="time.time()", file="lib.py", line=3, step=step)
        for step in ("train", "evaluate")
    ]
    assert ["train"] == [found.step for found in suspicious(seen, Agreement.UNKNOWN)]


def test_braces_in_foreign_text_are_text():
    seen = Observation(kind=ObservationKind.CLOCK, what="{detail} {0}", file="train.py", line=3)
    (found,) = suspicious([seen], Agreement.UNKNOWN)
    assert "{detail} {0} reads the clock" == found.what


def test_a_run_that_disagrees_with_itself_is_recognised_and_its_machine_is_not():
    before, after = (
        make_fingerprint(products={"m.bin": make_product({"w": make_leaf(text)})}) for text in ("a", "b")
    )
    around = {"before": {"cpu": "one"}, "after": {"cpu": "another"}}
    kinds = {
        repeated: recognised(Symptoms(difference=compare(before, after), repeated=repeated, **around))
        for repeated in (True, False)
    }
    assert FindingKind.DISAGREEMENT in kinds[True]
    assert FindingKind.ANOTHER_CPU not in kinds[True]
    assert FindingKind.ANOTHER_CPU in kinds[False]


def test_a_phrase_becomes_a_sentence():
    assert "Pass the seed." == as_sentence("pass the seed")
