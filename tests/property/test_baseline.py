"""Laws of canonical JSON and of baselines, for all inputs."""

import contextlib
import json
import math

from factories import make_fingerprint, make_leaf, make_product
from hypothesis import given
from hypothesis import strategies as st

from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump, fingerprint_id, load
from repro_action.codec.canonical import compact, decode_scalar, encode_scalar, parse, pretty
from repro_action.errors import BaselineError
from repro_action.fingerprint import MaterialKind
from repro_action.tree import Kind

# Lone surrogates stand for bytes of file names that are no UTF-8.
TEXTS = st.text(st.characters(exclude_categories=()), max_size=12)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
TABLES = st.dictionaries(TEXTS, SCALARS, max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


def same(one, other):
    if isinstance(one, float) and math.isnan(one):
        return isinstance(other, float) and math.isnan(other)
    return type(one) is type(other) and one == other


@given(JSON, st.integers(0, 4))
def test_canonical_json_reads_back_as_the_same_value(value, depth):
    for text in (compact(value), pretty(value, lambda path: len(path) >= depth)):
        text.encode("utf-8")
        assert value == parse(text, "x")


@given(st.dictionaries(TEXTS, JSON, max_size=5), st.randoms())
def test_canonical_json_does_not_depend_on_insertion_order(value, random):
    items = list(value.items())
    random.shuffle(items)
    assert compact(value) == compact(dict(items))


@given(SCALARS)
def test_every_scalar_survives(value):
    assert same(value, decode_scalar(json.loads(json.dumps(encode_scalar(value), allow_nan=False))))


@given(
    st.dictionaries(TEXTS, TABLES, max_size=3),
    st.dictionaries(st.sampled_from(MaterialKind), TABLES, max_size=3),
    st.dictionaries(TEXTS, TEXTS, max_size=4),
)
def test_load_undoes_dump(metrics, materials, paths):
    leaves = {path: make_leaf(kind=Kind.TEXT, stats=None, reason=reason) for path, reason in paths.items()}
    fingerprint = make_fingerprint(metrics=metrics, materials=materials, products={"p": make_product(leaves)})
    text = dump(Baseline(name="x").accept(fingerprint))
    assert text == dump(load(text))
    assert fingerprint_id(fingerprint) == fingerprint_id(load(text).platforms[fingerprint.platform])


@given(JSON)
def test_no_json_crashes_the_reader_of_baselines(value):
    with contextlib.suppress(BaselineError):
        load(json.dumps({"version": 1, "name": "x", "platforms": {"p": value}}))
