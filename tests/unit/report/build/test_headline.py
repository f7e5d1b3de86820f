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
        (2, 0, "a.bin and b.bin differ"),
        (5, 0, "a.bin and 4 more artifacts differ"),
        (0, 1, "m0 differs"),
        (0, 2, "m0 and m1 differ"),
        (0, 3, "m0 and 2 more metrics differ"),
        (1, 1, "m0 and a.bin differ"),
        (1, 2, "m0, 1 more metric and a.bin differ"),
        (2, 1, "m0 and 2 artifacts differ"),
        (3, 4, "m0, 3 more metrics and 3 artifacts differ"),
    ],
)
def test_what_is_not_named_is_called_what_it_is(products, metrics, said):
    assert said == sentence_of(products, metrics)
