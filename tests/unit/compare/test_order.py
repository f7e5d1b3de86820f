# SPDX-License-Identifier: Apache-2.0
"""Another order is said where keys of both sides stand in one, not where a key was added or removed."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from dataclasses import replace

import pytest

from repro_action.compare.products import compare_products
from repro_action.digest import Digest
from repro_action.fingerprint import Product
from repro_action.listing import flatten
from repro_action.readers import read_artifact
from repro_action.report.build.artifacts import leaf_difference

_BYTES = iter(range(1000))


def _product(folder, value, *, committed):
    path = folder / "a.pkl"
    path.write_bytes(pickle.dumps(value))
    leaves = flatten(read_artifact(path).root)
    if committed:
        leaves = {name: replace(leaf, payload=None) for name, leaf in leaves.items()}
    digest = Digest("blake3", f"{next(_BYTES):064x}")
    return Product(step="train", format="pickle", size=1, digest=digest, leaves=leaves)


def _differing(folder, before, after, *, committed=True):
    products = [
        _product(folder, value, committed=known) for value, known in ((before, committed), (after, False))
    ]
    (found,) = compare_products({"": products[0]}, {"": products[1]}, [])
    return {leaf.path: leaf_difference(leaf).reason for leaf in found.leaves}


ANOTHER = "its entries are in another order"


@pytest.mark.parametrize("kind", [dict, OrderedDict])
@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize(
    ("before", "after", "differing"),
    [
        ("zba", "zbca", ["['c']"]),  # added in the middle
        ("zba", "zbac", ["['c']"]),
        ("zbca", "zba", ["['c']"]),  # removed
        ("zbca", "zbxa", ["['c']", "['x']"]),  # renamed
        ("ab", "ab0", ["['0']"]),  # the order of their names is lost by what joins them
        ("ab0", "ab", ["['0']"]),
        ("zb", "zbcde", ["['c']", "['d']", "['e']"]),
    ],
)
def test_a_key_that_joins_or_leaves_is_no_other_order(tmp_path, kind, committed, before, after, differing):
    one, other = (kind((key, 1) for key in keys) for keys in (before, after))
    assert sorted(_differing(tmp_path, one, other, committed=committed)) == differing


@pytest.mark.parametrize("kind", [dict, OrderedDict])
@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize(
    ("before", "after"), [("zba", "bza"), ("zba", "bzca"), ("zbca", "bza"), ("ba", "ab")]
)
def test_keys_of_both_sides_that_changed_places_are_said(tmp_path, kind, committed, before, after):
    one, other = (kind((key, 1) for key in keys) for keys in (before, after))
    assert _differing(tmp_path, one, other, committed=committed)[""] == ANOTHER


def test_what_a_digest_does_not_tell_is_not_claimed(tmp_path):
    before, after = (dict.fromkeys(keys, 1) for keys in ("zbcda", "zba"))
    assert _differing(tmp_path, before, after)[""] == "its keys or their order changed"
    assert "" not in _differing(tmp_path, before, after, committed=False)


def test_a_key_in_a_nested_mapping(tmp_path):
    before, after = ({"m": {key: {"k": 1} for key in keys}} for keys in ("z[.a", "z[.xa"))
    assert list(_differing(tmp_path, before, after)) == ["['m']['x']['k']"]
