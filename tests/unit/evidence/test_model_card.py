# SPDX-License-Identifier: Apache-2.0
"""The model card says what was recorded, leaves the rest open, and foreign text in it is text."""

from dataclasses import replace

import pytest
import yaml
from hypothesis import given
from reports import hostile, structure
from verified_runs import GOLDEN, make_run

from repro_action.codec.tables import TableError
from repro_action.evidence.model_card import LEFT_OPEN, model_card
from repro_action.evidence.verified_run import GitSource


def front_matter(card):
    assert card.startswith("---\n")
    text, _, body = card.removeprefix("---\n").partition("\n---\n")
    return yaml.safe_load(text), body


def named(text):
    run = make_run(commands={"train": (text,)})
    metrics = {text: {text: 1.5}}
    fingerprint = replace(run.fingerprint, metrics=metrics)
    return replace(run, report=replace(run.report, name=text), fingerprint=fingerprint)


def test_it_is_the_golden_one(hold_golden):
    hold_golden(GOLDEN / "model_card.md", model_card(make_run()))


def test_the_index_of_the_hub_has_every_number():
    index, _ = front_matter(model_card(make_run()))
    metrics = index["model-index"][0]["results"][0]["metrics"]
    assert {"accuracy": 0.9, "loss": 1e-07} == {one["type"]: one["value"] for one in metrics}
    assert "sklearn" == index["library_name"]


def test_what_no_run_can_know_is_left_open():
    card = model_card(make_run())
    assert len(LEFT_OPEN) == card.count("*Not stated.*")


def test_what_the_authors_wrote_takes_the_place_of_the_open_questions():
    card = model_card(make_run(), authors="## Intended use\n\nNone at all.\n")
    assert "*Not stated.*" not in card
    assert card.endswith("no run has checked it.\n\n## Intended use\n\nNone at all.\n")


def test_a_run_without_metrics_or_repository_has_a_card():
    run = make_run(source=GitSource(commit="a" * 40))
    card = model_card(replace(run, fingerprint=replace(run.fingerprint, metrics={})))
    assert [] == front_matter(card)[0]["model-index"][0]["results"]
    assert "git clone" not in card


@given(hostile)
def test_the_front_matter_gives_back_any_name(text):
    index, _ = front_matter(model_card(named(text)))
    assert text == index["model-index"][0]["name"]
    assert text == index["model-index"][0]["results"][0]["metrics"][0]["type"]


@given(hostile.filter(lambda text: text.strip()))
def test_foreign_text_adds_no_structure(text):
    assert structure(front_matter(model_card(named("plain")))[1]) == structure(
        front_matter(model_card(named(text)))[1]
    )


def test_what_the_authors_front_matter_says_is_taken_over_but_for_the_metrics():
    authors = "---\nlicense: mit\ntags: [tabular]\nmodel-index: []\n---\n\n## Use\n\nNone.\n"
    index, body = front_matter(model_card(make_run(), authors))
    assert ("mit", ["tabular", "repro-action"]) == (index["license"], index["tags"])
    assert index["model-index"][0]["results"]
    assert body.endswith("no run has checked it.\n\n## Use\n\nNone.\n")
    assert "license" not in body


@pytest.mark.parametrize("text", ["- a list\n", "a: 1\na: 2\n", "a: &x 1\nb: *x\n", "{\n", "[" * 200 + "\n"])
def test_front_matter_of_the_authors_that_cannot_be_read_is_refused(text):
    with pytest.raises(TableError):
        model_card(make_run(), f"---\n{text}---\nText\n")
