# SPDX-License-Identifier: Apache-2.0
"""A family of mutants: metrics and arrays at the edges of their tolerances, one unit inside and outside."""

from __future__ import annotations

from e2e.mutant import Edit, Material, Mutant, Place, chain, config, swap

from repro_action.fingerprint import MaterialKind as Kind
from repro_action.verdict import Verdict

EVALUATE = (Material(Kind.CODE, "evaluate.py"),)
FILE, ARRAY = "out/metrics.json", "out/steps.npy"
RULES = 'rmse = { goal = "min" }\nworst = { goal = "min" }\n'


def _values(text: str) -> Edit:
    """Write these metrics, and nothing that follows from the model."""
    return swap("evaluate.py", "    metrics = {\n", f"    metrics = {{{text}}}\n    __ = {{\n")


def _metric(name: str, rule: str, before: str, after: str, expected: Verdict, metric: str = "m") -> Mutant:
    """One metric `m` with a rule, accepted with one value and verified with another."""
    return Mutant(
        name=f"edge-{name}",
        why="A tolerance is as wide as it says, to the last bit, and what is outside is never green.",
        before=chain(config(RULES, rule + "\n"), _values(f'"m": {before}, "other": 1')),
        after=swap("evaluate.py", f'"m": {before}, "other": 1', after if '"' in after else f'"m": {after}, "other": 1'),
        expected=expected,
        materials=EVALUATE,
        places=() if expected is Verdict.REPRODUCED else (Place(FILE, metric),),
        step="" if expected is Verdict.REPRODUCED else "evaluate",
    )  # fmt: skip


CHANGED, EQUIVALENT, REPRODUCED = Verdict.CHANGED, Verdict.EQUIVALENT, Verdict.REPRODUCED
EXACT = "m = {}"

_METRICS = [
    _metric("exact-one-ulp-up", EXACT, "1.0", "1.0000000000000002", CHANGED),
    _metric("exact-one-ulp-down", EXACT, "1.0", "0.9999999999999999", CHANGED),
    _metric("exact-same-in-other-digits", EXACT, "0.1", "0.1000000000000000055", REPRODUCED),
    _metric("exact-negative-zero", EXACT, "0.0", "-0.0", CHANGED),
    _metric("exact-smallest-number", EXACT, "0.0", "5e-324", CHANGED),
    _metric("atol-at-the-edge", "m = { atol = 0.25 }", "1.0", "1.25", EQUIVALENT),
    _metric("atol-one-ulp-outside", "m = { atol = 0.25 }", "1.0", "1.2500000000000002", CHANGED),
    _metric("atol-below-at-the-edge", "m = { atol = 0.25 }", "1.0", "0.75", EQUIVALENT),
    _metric("atol-below-one-ulp-outside", "m = { atol = 0.25 }", "1.0", "0.7499999999999999", CHANGED),
    _metric("rtol-at-the-edge", "m = { rtol = 0.125 }", "8.0", "9.0", EQUIVALENT),
    _metric("rtol-one-ulp-outside", "m = { rtol = 0.125 }", "8.0", "9.000000000000002", CHANGED),
    _metric("rtol-of-the-baseline", "m = { rtol = 0.5 }", "8.0", "12.0", EQUIVALENT),
    _metric("rtol-not-of-the-candidate", "m = { rtol = 0.5 }", "8.0", "14.0", CHANGED),
    _metric("rtol-of-nothing", "m = { rtol = 0.5 }", "0.0", "1e-300", CHANGED),
    _metric("both-tolerances-add-up", "m = { atol = 0.5, rtol = 0.125 }", "4.0", "5.0", EQUIVALENT),
    _metric("both-tolerances-outside", "m = { atol = 0.5, rtol = 0.125 }", "4.0", "5.000000000000001", CHANGED),
    _metric("worsening-at-the-edge", 'm = { goal = "max", max_worsening = 0.25 }', "1.0", "0.75", EQUIVALENT),
    _metric("worsening-outside", 'm = { goal = "max", max_worsening = 0.25 }', "1.0", "0.7499999999999999", CHANGED),
    _metric("worsening-the-other-way", 'm = { goal = "max", max_worsening = 0.25 }', "1.0", "100.0", EQUIVALENT),
    _metric("worsening-of-a-loss", 'm = { goal = "min", max_worsening = 0.25 }', "1.0", "1.2500000000000002", CHANGED),
    _metric("nan-appears", "m = { atol = 1e300 }", "1.0", "np.nan", CHANGED),
    _metric("nan-goes", "m = { atol = 1e300 }", "np.nan", "1.0", CHANGED),
    _metric("nan-better-is-allowed", 'm = { goal = "max", max_worsening = 1e9 }', "1.0", "np.nan", CHANGED),
    _metric("infinite", "m = { atol = 1e300 }", "1.0", "np.inf", CHANGED),
    _metric("infinite-sign", "m = { rtol = 1.0 }", "np.inf", "-np.inf", CHANGED),
    _metric("infinite-to-number", "m = { rtol = 1e9 }", "np.inf", "1.0", CHANGED),
    _metric("integer-to-float", EXACT, "3", "3.0", REPRODUCED),
    _metric("large-integer", EXACT, "9007199254740992", "9007199254740993", CHANGED),
    _metric("text", EXACT, "3", '"m": "3", "other": 1', CHANGED),
    _metric("text-in-tolerance", "m = { atol = 9.0 }", "3", '"m": "3", "other": 1', CHANGED),
    _metric("flag-for-one", "m = { atol = 9.0 }", "1", '"m": True, "other": 1', CHANGED),
    _metric("null", "m = { atol = 9.0 }", "1", '"m": None, "other": 1', CHANGED),
    _metric("gone", "m = { atol = 9.0 }", "1", '"other": 1', CHANGED),
    _metric("renamed", "m = { atol = 9.0 }", "1", '"n": 1, "other": 1', CHANGED, "n"),
    _metric("added", "m = { atol = 9.0 }", "1", '"m": 1, "new": 0, "other": 1', CHANGED, "new"),
    _metric("list-instead", "m = { atol = 9.0 }", "1", '"m": [1], "other": 1', CHANGED),
    _metric("unnamed-is-exact", "m = { atol = 9.0 }", "1", '"m": 1, "other": 1.0000000000000002', CHANGED, "other"),
    _metric("star-rule", '"*" = { atol = 0.5 }', "1", '"m": 1, "other": 1.5', EQUIVALENT, "other"),
    _metric("star-rule-outside", '"*" = { atol = 0.5 }', "1", '"m": 1, "other": 1.75', CHANGED, "other"),
    _metric("own-rule-before-star", '"*" = { atol = 9.0 }\nm = { atol = 0.5 }', "1", "1.75", CHANGED),
    _metric("both-inside-and-outside", '"*" = { atol = 0.5 }', "1", '"m": 1.25, "other": 3', CHANGED, "other"),
    _metric("nested", '"m.f1" = { atol = 0.5 }', '{"f1": 1.0, "auc": 1.0}', '"m": {"f1": 1.25, "auc": 1.0}, "other": 1', EQUIVALENT, "m.f1"),
    _metric("nested-beside", '"m.f1" = { atol = 0.5 }', '{"f1": 1.0, "auc": 1.0}', '"m": {"f1": 1.0, "auc": 1.25}, "other": 1', CHANGED, "m.auc"),
]  # fmt: skip


def _array(name: str, rule: str, before: str, after: str, expected: Verdict) -> Mutant:
    """One array with a rule, accepted with one value and verified with another."""
    return Mutant(
        name=f"array-{name}",
        why="A tolerance of an array is held by each of its elements, and by its dtype and shape.",
        before=chain(
            config('"out/predictions.csv"]', f'"out/predictions.csv", "{ARRAY}"]'),
            config('[artifacts."out/*"]\nmax_ulp = 0\n', f'[artifacts."{ARRAY}"]\n{rule}\n'),
            swap("evaluate.py", "    errors = predicted", f'    np.save("{ARRAY}", {before})\n    errors = predicted'),
        ),
        after=swap("evaluate.py", f'np.save("{ARRAY}", {before})', f'np.save("{ARRAY}", {after})'),
        expected=expected,
        materials=EVALUATE,
        places=(Place(ARRAY),),
        step="evaluate",
    )  # fmt: skip


ONE = "np.array([1.0, 2.0, 4.0])"

_ARRAYS = [
    _array("ulp-at-the-edge", "max_ulp = 2", ONE, "np.array([1.0000000000000004, 2.0, 4.0])", EQUIVALENT),
    _array("ulp-outside", "max_ulp = 2", ONE, "np.array([1.0000000000000007, 2.0, 4.0])", CHANGED),
    _array("ulp-across-zero", "max_ulp = 2", "np.array([5e-324])", "np.array([-5e-324])", EQUIVALENT),
    _array("ulp-of-float32", "max_ulp = 1", "np.float32([1, 2])", "np.nextafter(np.float32([1, 2]), np.float32(9))", EQUIVALENT),
    _array("ulp-of-float32-outside", "max_ulp = 1", "np.float32([1, 2])", "np.float32([1.0000003, 2])", CHANGED),
    _array("atol-at-the-edge", "atol = 0.25", ONE, "np.array([1.25, 1.75, 4.0])", EQUIVALENT),
    _array("atol-one-element-outside", "atol = 0.25", ONE, "np.array([1.25, 1.75, 4.5])", CHANGED),
    _array("rtol-at-the-edge", "rtol = 0.25", ONE, "np.array([1.25, 2.5, 5.0])", EQUIVALENT),
    _array("rtol-one-element-outside", "rtol = 0.25", ONE, "np.array([1.5, 2.5, 5.0])", CHANGED),
    _array("nan-in-one-element", "atol = 1e300", ONE, "np.array([1.0, np.nan, 4.0])", CHANGED),
    _array("infinity-in-one-element", "atol = 1e300", ONE, "np.array([1.0, np.inf, 4.0])", CHANGED),
    _array("dtype-in-tolerance", "atol = 9.0", ONE, "np.float32([1, 2, 4])", CHANGED),
    _array("shape-in-tolerance", "atol = 9.0", ONE, "np.array([[1.0, 2.0, 4.0]])", CHANGED),
    _array("length-in-tolerance", "atol = 9.0", ONE, "np.array([1.0, 2.0])", CHANGED),
    _array("integers-in-tolerance", "atol = 1.0", "np.array([1, 2])", "np.array([1, 3])", EQUIVALENT),
    _array("integers-outside", "atol = 1.0", "np.array([1, 2])", "np.array([1, 4])", CHANGED),
    _array("elements-swapped", "atol = 0.5", ONE, "np.array([2.0, 1.0, 4.0])", CHANGED),
    _array("flags", "atol = 0.5", "np.array([True, False])", "np.array([True, True])", CHANGED),
    _array("texts-in-tolerance", "atol = 9.0", 'np.array(["1", "2"])', 'np.array(["1", "3"])', CHANGED),
]  # fmt: skip

TOLERANCES = [*_METRICS, *_ARRAYS]
