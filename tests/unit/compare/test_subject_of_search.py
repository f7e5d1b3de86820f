# SPDX-License-Identifier: Apache-2.0
"""Whether two fingerprints agree in the result that a search looks for."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from repro_action.compare.subject_of_search import (
    SearchedKind,
    SearchedResult,
    is_same,
    parse_result,
    resolved,
    value_of,
)
from repro_action.config.model import Config, MetricRule, Tolerance
from repro_action.digest import digest_bytes
from repro_action.errors import ConfigError
from repro_action.fingerprint import Fingerprint, Product
from repro_action.tree import Kind, Leaf, Scalar

FILE = "out/metrics.json"
EXACT = Config(root=Path("/p"), path=Path("/p/repro.toml"), name="m")


def fingerprint(leaves: dict[str, bytes] | None = None, **metrics: Scalar) -> Fingerprint:
    listed = {
        name: Leaf(
            kind=Kind.FOLDED if name.endswith("*") else Kind.BYTES, digest=digest_bytes("sha256", data)
        )
        for name, data in (leaves or {}).items()
    }
    whole = digest_bytes("sha256", repr(leaves).encode())
    products = {"m.json": Product(step="s", format="json", size=1, digest=whole, leaves=listed)}
    return Fingerprint(
        platform="x", steps=("s",), materials={}, products=products, metrics={FILE: metrics}, circumstances={}
    )


def metric(by: float | None = None) -> SearchedResult:
    return SearchedResult(kind=SearchedKind.METRIC, file=FILE, name="a", by=by)


@pytest.mark.parametrize(
    ("before", "after", "by", "noise", "same"),
    [
        (0.5, 0.5, None, 0.0, True),
        (0.5, 0.51, None, 0.0, False),
        (0.5, 0.51, 0.02, 0.0, True),
        (0.5, 0.53, 0.02, 0.0, False),
        (0.5, 0.51, None, 0.02, True),
        (0.5, 0.51, 0.0, 0.02, False),
        (math.nan, math.nan, None, 0.0, True),
        (0.5, math.nan, 1.0, 0.0, False),
        (0.5, math.inf, 1.0, 1.0, False),
        ("x", "y", 1.0, 0.0, False),
        (True, 1, 5.0, 0.0, False),
    ],
)
def test_metrics_agree_within_what_was_asked_for_else_within_noise(
    before: Scalar, after: Scalar, by: float | None, noise: float, same: bool
) -> None:
    assert same is is_same(metric(by), fingerprint(a=before), fingerprint(a=after), EXACT, noise=noise)


def test_a_metric_that_one_side_lacks_differs_and_the_tolerance_of_the_configuration_counts() -> None:
    assert not is_same(metric(5.0), fingerprint(a=1.0), fingerprint(b=1.0), EXACT)
    assert "missing" == value_of(metric(), fingerprint(b=1.0))
    tolerant = Config(
        root=Path("/p"),
        path=Path("/p/repro.toml"),
        name="m",
        metrics={FILE: {"a": MetricRule(tolerance=Tolerance(atol=0.1))}},
    )
    assert is_same(metric(), fingerprint(a=1.0), fingerprint(a=1.05), tolerant)
    assert not is_same(metric(0.01), fingerprint(a=1.0), fingerprint(a=1.05), tolerant)


def test_a_leaf_is_known_without_brackets_and_a_branch_stands_for_what_is_below_it() -> None:
    one = fingerprint({"['w'].b": b"1", "['w'].c": b"2", "['x']": b"3"})
    two = fingerprint({"['w'].b": b"1", "['w'].c": b"9", "['x']": b"3"})
    for name, same in (("w.b", True), ("w.c", False), ("['w']", False), ("x", True), ("['x']", True)):
        wanted = resolved(parse_result(SearchedKind.LEAF, f"m.json:{name}"), one, "c" * 40)
        assert same is is_same(wanted, one, two, EXACT), name


def test_what_is_not_there_or_not_well_formed_is_refused_with_what_is_alike() -> None:
    with pytest.raises(ConfigError, match="has no metric") as refused:
        resolved(parse_result(SearchedKind.METRIC, f"{FILE}:acuracy"), fingerprint(accuracy=1.0), "c" * 40)
    assert "accuracy" in refused.value.remedy
    for text in ("", "accuracy", ":a", "f:"):
        with pytest.raises(ConfigError, match="does not name"):
            parse_result(SearchedKind.METRIC, text)
    for by in (math.nan, math.inf, -1.0):
        with pytest.raises(ConfigError, match="not a size"):
            parse_result(SearchedKind.METRIC, "f:a", by=by)
