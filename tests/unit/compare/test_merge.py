# SPDX-License-Identifier: Apache-2.0
"""Baselines of two branches as one."""

from factories import make_fingerprint, make_leaf, make_product
from hypothesis import given
from hypothesis import strategies as st

from repro_action.baseline import Baseline
from repro_action.compare.merge import merge
from repro_action.fingerprint import MaterialKind


def model(content, platform="x86_64-v3", code="1"):
    return make_fingerprint(
        products={"model.joblib": make_product({"coef_": make_leaf(content)})},
        platform=platform,
        materials={MaterialKind.CODE: {"train.py": f"blake3:{code}"}},
    )


def baseline(*models):
    return Baseline(name="wine", platforms={one.platform: one for one in models})


OLD, ARM = model("old"), model("old", "aarch64-linux")
NEW, OTHER = model("new", code="2"), model("other", code="3")


def test_what_one_side_accepted_is_taken_whichever_side_it_is():
    for ours, theirs in ((OLD, NEW), (NEW, OLD)):
        merged = merge(baseline(OLD), baseline(ours), baseline(theirs))
        assert (baseline(NEW), ()) == (merged.baseline, merged.retrain)


def test_two_new_models_of_one_class_make_a_third_one():
    merged = merge(baseline(OLD), baseline(NEW), baseline(OTHER))
    assert (baseline(NEW), ("x86_64-v3",)) == (merged.baseline, merged.both_changed)


def test_the_same_model_accepted_twice_is_no_conflict():
    assert () == merge(baseline(OLD), baseline(NEW), baseline(NEW)).retrain
    assert () == merge(None, baseline(NEW), baseline(NEW)).retrain


def test_classes_of_one_model_from_two_branches_belong_together():
    merged = merge(None, baseline(OLD), baseline(ARM))
    assert (baseline(OLD, ARM).platforms, ()) == (merged.baseline.platforms, merged.retrain)


def test_classes_of_two_models_do_not_belong_together():
    merged = merge(baseline(OLD, ARM), baseline(NEW, ARM), baseline(OLD, model("x", "aarch64-linux", "9")))
    assert () == merged.both_changed
    assert ("aarch64-linux", "x86_64-v3") == merged.retrain


def test_a_class_that_one_side_removed_is_gone_unless_the_other_changed_it():
    assert baseline(OLD) == merge(baseline(OLD, ARM), baseline(OLD), baseline(OLD, ARM)).baseline
    changed = model("x", "aarch64-linux", "9")
    merged = merge(baseline(OLD, ARM), baseline(OLD), baseline(OLD, changed))
    assert ("aarch64-linux",) == merged.both_changed


MODELS = st.dictionaries(st.sampled_from("abc"), st.sampled_from("123"), max_size=3)


def made(contents):
    return baseline(*(model(text, name, text) for name, text in contents.items()))


@given(MODELS, MODELS, MODELS)
def test_merging_is_the_same_from_both_sides(base, ours, theirs):
    one, other = (merge(made(base), made(a), made(b)) for a, b in ((ours, theirs), (theirs, ours)))
    assert one.retrain == other.retrain
    settled = {name for name in (*ours, *theirs) if name not in one.both_changed}
    assert {n: one.baseline.platforms.get(n) for n in settled} == {
        n: other.baseline.platforms.get(n) for n in settled
    }


@given(MODELS, MODELS)
def test_a_side_that_changed_nothing_has_no_say(base, theirs):
    merged = merge(made(base), made(base), made(theirs))
    assert (made(theirs).platforms, ()) == (merged.baseline.platforms, merged.retrain)
