# SPDX-License-Identifier: Apache-2.0
"""Every bundle survives its JSON; nothing else than a refusal comes of anything else."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace

import jsonschema
from factories import make_fingerprint
from golden.comment.parts import bundle, entry
from golden.comment.single import stale
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reports import hostile, strategy

from repro_action.baseline import Baseline
from repro_action.errors import ArtifactUnreadable
from repro_action.report.bundle import Bundle, Entry, path_fault
from repro_action.report.json import bundle as bundle_json
from repro_action.report.model import Report

VALIDATOR = jsonschema.Draft202012Validator(bundle_json.schema())
GOOD = json.loads(bundle_json.dump(bundle(entry(stale()))))

names = st.text(
    st.characters(categories=["L", "N", "P", "S"], exclude_characters="/\\:"), min_size=1, max_size=8
)
configs = st.lists(names, min_size=1, max_size=3).map("/".join).filter(lambda path: not path_fault(path))
candidates = st.none() | st.builds(
    lambda name, metric: Baseline(name=name).accept(make_fingerprint(metrics={"m.json": metric})),
    hostile,
    st.dictionaries(
        hostile, st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | hostile
    ),
)


@st.composite
def entries(draw):
    config = draw(configs)
    return Entry(
        config=config,
        baseline="/".join([*config.split("/")[:-1], "repro.baseline.json"]),
        report=draw(strategy(Report)),
        candidate=draw(candidates),
        trained=draw(st.booleans()),
    )


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(entries(), hostile)
def test_load_undoes_dump(entry, tool):
    bundled = Bundle(tool=tool, entries=(entry, replace(entry, config=f"{entry.config}2")))
    text = bundle_json.dump(bundled)
    kept = bundle_json.load(text)
    assert bundled.entries == kept.entries
    assert text == bundle_json.dump(kept)
    assert [] == list(VALIDATOR.iter_errors(json.loads(text)))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | hostile,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile, inner, max_size=3),
    max_leaves=8,
)


def places(value, path=()):
    """Yield the path of every value inside."""
    yield path
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, child in children:
        yield from places(child, (*path, key))


def replaced(value, path, new):
    """Return a value with another one at a path."""
    if not path:
        return new
    items = value.items() if isinstance(value, dict) else enumerate(value)
    table = {key: replaced(child, path[1:], new) if key == path[0] else child for key, child in items}
    return table if isinstance(value, dict) else list(table.values())


PLACES = list(places(GOOD))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PLACES), json_values)
def test_what_is_mutated_is_read_inside_the_bounds_or_refused(path, value):
    mutated = replaced(GOOD, path, value)
    with contextlib.suppress(ArtifactUnreadable):
        kept = bundle_json.load(json.dumps(mutated))
        assert kept == bundle_json.load(bundle_json.dump(kept))
        assert [] == list(VALIDATOR.iter_errors(mutated))


@given(st.binary(max_size=60) | hostile)
def test_garbage_is_refused(data):
    with contextlib.suppress(ArtifactUnreadable):
        bundle_json.load(data)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(json.dumps(GOOD)) - 1), st.binary(min_size=1, max_size=3))
def test_a_damaged_file_is_refused_or_inside_the_bounds(place, data):
    text = json.dumps(GOOD).encode()
    with contextlib.suppress(ArtifactUnreadable):
        bundle_json.load(text[:place] + data + text[place + len(data) :])
