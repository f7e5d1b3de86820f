# SPDX-License-Identifier: Apache-2.0
"""The sentence that says what differs."""

from __future__ import annotations

import pytest
from factories import make_fingerprint, make_leaf, make_product

from repro_action.compare.judge import compare
from repro_action.report.build.conclusion import Conclusion
from repro_action.report.build.headline import headline
from repro_action.report.model import Flavour
from repro_action.verdict import Verdict


def sentence_of(products: int, metrics: int) -> str:
    def made(content: str, value: float):
        return make_fingerprint(
            products={
                f"{name}.bin": make_product({"coef_": make_leaf(content)}) for name in "abcde"[:products]
            },
            metrics={"m.json": {f"m{place}": value for place in range(metrics)}},
        )

    difference = compare(made("old", 0.5), made("new", 0.6))
    drifted = Conclusion(verdict=Verdict.DRIFTED, flavour=Flavour.NONE)
    return headline(drifted, difference, causes=(), first="train").removesuffix(" though no material did")


@pytest.mark.parametrize(
    ("products", "metrics", "said"),
    [
        (1, 0, "a.bin differs"),
        (1, 1, "a.bin and m0 of m.json differ"),
        (1, 2, "a.bin and 2 metrics differ"),
        (5, 0, "a.bin and 4 more artifacts differ"),
        (2, 1, "a.bin, 1 more artifact and 1 metric differ"),
        (0, 3, "m0 of m.json and 2 more metrics differ"),
        (0, 4, "m0 of m.json and 3 more metrics differ"),
    ],
)
def test_what_is_not_named_is_called_what_it_is(products, metrics, said):
    assert said == sentence_of(products, metrics)
