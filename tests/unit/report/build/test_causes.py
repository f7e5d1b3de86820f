# SPDX-License-Identifier: Apache-2.0
"""What a difference is put down to, given what was seen of the run."""

from __future__ import annotations

from dataclasses import replace

import pytest
from factories import make_fingerprint, make_leaf, make_product

from repro_action.compare.judge import compare
from repro_action.findings.suspect import Suspect
from repro_action.fingerprint import MaterialKind
from repro_action.numeric.kernels import known_kernels
from repro_action.numeric.signature import CIRCUMSTANCE, NumericSignature
from repro_action.report.build.comparison import circumstances
from repro_action.report.build.conclusion import Conclusion
from repro_action.report.build.headline import causes_of
from repro_action.report.model import Flavour, Pair
from repro_action.verdict import Verdict

USED = Suspect(kind=MaterialKind.PARAMS, name="C", before="1", after="2", text="C 1 → 2")
UNUSED = replace(USED, name="D", text="D 1 → 2", direct=False)
CPU = Pair(name="cpu", before="one", after="another")


def causes(verdict: Verdict, flavour: Flavour = Flavour.NONE, *, again=None, reads=(), around=(), suspects):
    conclusion = Conclusion(verdict=verdict, flavour=flavour, again=again)
    found = causes_of(conclusion, suspects=suspects, around=around, first="train", reads=reads)
    return [one.text for one in found]


def disagreement():
    one, other = (
        make_fingerprint(products={"m.bin": make_product({"coef_": make_leaf(text)})}) for text in ("a", "b")
    )
    return compare(one, other)


@pytest.mark.parametrize(
    ("suspects", "named"),
    [((USED, UNUSED), ["C 1 → 2"]), ((UNUSED,), ["D 1 → 2"])],
    ids=["another one can be", "none can be"],
)
def test_what_the_first_step_does_not_use_is_a_cause_only_where_nothing_else_can_be(suspects, named):
    assert named == causes(Verdict.CHANGED, suspects=suspects)


def test_of_outputs_that_agree_every_change_is_listed():
    assert ["C 1 → 2", "D 1 → 2"] == causes(Verdict.REPRODUCED, suspects=(USED, UNUSED))


def test_a_run_that_disagrees_with_itself_is_its_own_cause_and_materials_stand_behind():
    first, *others = causes(
        Verdict.DRIFTED, Flavour.FLAKY, again=disagreement(), around=(CPU,), suspects=(USED, UNUSED)
    )
    assert first.startswith("step train gives different results each time")
    assert ["C 1 → 2 (also changed)", "D 1 → 2 (also changed; step train does not use it)"] == others


def test_a_stable_drift_is_put_down_to_reads_then_to_the_machine():
    found = causes(Verdict.DRIFTED, Flavour.STABLE, reads=("it reads x",), around=(CPU,), suspects=())
    assert ["it reads x", "cpu: one → another"] == found


def test_a_stable_drift_of_which_nothing_is_known_says_so():
    (found,) = causes(Verdict.DRIFTED, Flavour.STABLE, suspects=())
    assert found.startswith("step train consumes something undeclared")


def signature(name):
    kernel = next(one for one in known_kernels() if name in one.names)
    return NumericSignature(operations={"questions": "v1", **kernel.operations}).text


def test_arithmetic_that_differs_is_the_first_suspect_of_a_drift_by_operation_and_kernel():
    sides = [
        make_fingerprint(circumstances={"cpu": cpu, CIRCUMSTANCE: signature(name)})
        for cpu, name in (("one", "Haswell"), ("another", "Sandybridge"))
    ]
    found = causes(Verdict.DRIFTED, Flavour.STABLE, around=circumstances(*sides), suspects=())
    assert found[0].startswith("GEMV and GEMM associate differently")
    assert found[0].endswith("OpenBLAS Haswell/Zen there, OpenBLAS Sandybridge here")
    assert found[1:] == ["cpu: one → another"]


@pytest.mark.parametrize("old", ["", "no signature", None])
def test_arithmetic_that_a_side_does_not_record_is_not_a_suspect(old):
    recorded = {} if old is None else {CIRCUMSTANCE: old}
    before = make_fingerprint(circumstances={"cpu": "one", **recorded})
    after = make_fingerprint(circumstances={"cpu": "one", CIRCUMSTANCE: signature("Haswell")})
    assert circumstances(before, after) == ()
