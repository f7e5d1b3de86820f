# SPDX-License-Identifier: Apache-2.0
"""Leaves that a rule leaves out of the later of two runs, and those that only look like one."""

from __future__ import annotations

from dataclasses import replace

from factories import make_fingerprint, make_leaf, make_product

from repro_action.compare.judge import compare, judge
from repro_action.verdict import Verdict

RULE = "byproducts: ['events']"
LISTED = make_product(
    {
        "['w']": make_leaf("w"),
        "['events'][0]['at']": make_leaf("1"),
        "['events'][0]['what']": make_leaf("fit"),
    }
)
PRUNED = make_product({"['w']": make_leaf("w")}, content="later", excluded={"['events']": RULE})


def compared(before, after):
    return compare(make_fingerprint(products={"out": before}), make_fingerprint(products={"out": after}))


def test_a_rule_added_after_accept_applies_to_the_leaves_of_the_baseline():
    assert judge(compared(LISTED, PRUNED)) is Verdict.REPRODUCED


def test_a_leaf_that_differs_beside_those_left_out_differs():
    difference = compared(LISTED, replace(PRUNED, leaves={"['w']": make_leaf("other")}))
    assert [["['w']"]] == [[leaf.path for leaf in product.leaves] for product in difference.products]


def test_a_file_whose_name_reads_like_a_leaf_that_is_left_out_is_compared():
    excluded = {"m.pkl.refit_time_": "fit-times"}
    before = make_product({"m.pkl.refit_time_": make_leaf("weights 1")}, excluded=excluded)
    for leaves in ({"m.pkl.refit_time_": make_leaf("weights 2")}, {}):
        assert judge(compared(before, make_product(leaves, excluded=excluded))) is Verdict.DRIFTED
