# SPDX-License-Identifier: Apache-2.0
"""Noise records: what they say, of which materials they are, and how a baseline keeps them."""

import json
import math
from dataclasses import replace

import pytest

from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump, load
from repro_action.compare.config_change import Strictness
from repro_action.compare.merge import merge
from repro_action.compare.metrics import compare_metrics
from repro_action.compare.seed_noise import NO_RECORD, STALE, noise_changes, with_noise
from repro_action.config.model import MetricRule
from repro_action.errors import BaselineError
from repro_action.fingerprint import Fingerprint, MaterialKind
from repro_action.noise.materials import is_of, materials_digest
from repro_action.noise.record import NoiseRecord, summarize

FILE = "out/metrics.json"
SEED_PARAMS = ("params.toml: seed",)


def fingerprint(*, seed=42, accuracy=0.9, **params):
    return Fingerprint(
        platform="x86_64-v3",
        steps=("train",),
        materials={
            MaterialKind.PARAMS: {"params.toml: seed": seed, **params},
            MaterialKind.STEPS: {"train": f"python train.py --seed {seed} → out"},
            MaterialKind.SEED: {"seed": seed},
            MaterialKind.DETERMINISM: {"PYTHONHASHSEED": str(seed)},
            MaterialKind.RULES: {},
        },
        products={},
        metrics={FILE: {"accuracy": accuracy}},
        circumstances={},
    )


def record(of=None, values=(0.89, 0.9, 0.91)):
    tables = {seed: {FILE: {"accuracy": value}} for seed, value in enumerate(values, start=43)}
    accepted = of or fingerprint()
    metrics, unlisted = summarize(tables, baseline=accepted.metrics)
    return NoiseRecord(
        materials=materials_digest(accepted, SEED_PARAMS),
        seeds=tuple(tables),
        seed_params=SEED_PARAMS,
        metrics=metrics,
        unlisted=unlisted,
    )


def baseline(made=None, noise=None):
    made = made or fingerprint()
    return Baseline(name="wine").accept(made).with_noise(made.platform, noise or record(made))


def test_a_baseline_keeps_its_noise_records():
    kept = baseline()
    assert kept == load(dump(kept))


def test_a_baseline_without_noise_is_written_as_before():
    assert "noise" not in json.loads(dump(Baseline(name="wine").accept(fingerprint())))


def test_accepting_another_run_keeps_the_record_which_then_is_of_other_materials():
    other = fingerprint(C=2.0)
    after = baseline().accept(other)
    assert not is_of(after.noise["x86_64-v3"], other)


def test_another_seed_leaves_a_record_as_it_is():
    assert is_of(record(), fingerprint(seed=7))


def test_a_record_that_contradicts_itself_is_refused():
    document = json.loads(dump(baseline()))
    document["noise"]["x86_64-v3"]["metrics"][FILE]["accuracy"]["count"] = 40
    with pytest.raises(BaselineError, match="accuracy contradicts itself"):
        load(json.dumps(document))


@pytest.mark.parametrize("value", [-1, {"float": "nan"}, {"float": "inf"}, "0.1"])
def test_a_deviation_that_is_none_is_refused(value):
    document = json.loads(dump(baseline()))
    document["noise"]["x86_64-v3"]["metrics"][FILE]["accuracy"]["deviation"] = value
    with pytest.raises(BaselineError):
        load(json.dumps(document))


def test_metrics_that_are_no_numbers_are_left_out_and_missing_ones_named():
    tables = {1: {FILE: {"a": 1.0, "who": "me"}}, 2: {FILE: {"a": math.nan}}, 3: {FILE: {}}}
    found, unlisted = summarize(tables, baseline={FILE: {"a": 1.0, "b": 2.0, "who": "me"}})
    assert {"a": (1, (2, 3)), "b": (0, (1, 2, 3))} == {
        name: (noise.count, noise.missing) for name, noise in found[FILE].items()
    }
    assert 0 == unlisted


def within(rule, before, after, kept):
    rules = with_noise({FILE: {"accuracy": rule}}, before, kept)
    (found,) = compare_metrics(before.metrics, after.metrics, rules)
    return found.within, found.rule.exact_because


TWO_SIGMA = MetricRule(goal="max", sigmas=2.0)


def test_two_sigma_allow_what_two_seeds_make():
    worse = fingerprint(accuracy=0.88)
    assert (True, "") == within(TWO_SIGMA, fingerprint(), worse, baseline())


def test_two_sigma_refuse_what_seeds_do_not_make():
    worse = fingerprint(accuracy=0.6)
    assert (False, "") == within(TWO_SIGMA, fingerprint(), worse, baseline())


def test_without_a_record_only_equality_passes_and_the_rule_says_so():
    without = Baseline(name="wine").accept(fingerprint())
    assert (False, NO_RECORD) == within(TWO_SIGMA, fingerprint(), fingerprint(accuracy=0.8999), without)


def test_a_record_of_other_materials_allows_nothing():
    changed = fingerprint(C=2.0)
    kept = baseline().accept(changed)
    assert (False, STALE) == within(TWO_SIGMA, changed, fingerprint(accuracy=0.8999), kept)


def test_a_metric_that_no_seed_moves_is_compared_exactly():
    kept = baseline(noise=record(values=(0.9, 0.9, 0.9)))
    assert (False, "") == within(TWO_SIGMA, fingerprint(), fingerprint(accuracy=0.8999), kept)


def test_a_rule_for_all_metrics_gives_each_its_own_amount():
    rules = with_noise({FILE: {"*": TWO_SIGMA}}, fingerprint(), baseline())
    assert rules[FILE]["accuracy"].worsening is not None


def changes(before, after):
    found = noise_changes({FILE: {"accuracy": TWO_SIGMA}}, before, after)
    return [(one.setting, one.strictness) for one in found]


SETTING = f'metrics."{FILE}".accuracy.max_worsening on x86_64-v3'


def test_a_record_that_a_change_brings_along_is_named_with_what_it_lets_through():
    none, some = Baseline(name="wine").accept(fingerprint()), baseline()
    wide = baseline(noise=record(values=(0.5, 0.9, 0.99)))
    assert [(SETTING, Strictness.WEAKER)] == changes(none, some)
    assert [(SETTING, Strictness.WEAKER)] == changes(some, wide)
    assert [(SETTING, Strictness.STRONGER)] == changes(wide, some)
    assert [] == changes(some, some)


def test_a_merge_keeps_the_record_of_the_fingerprint_that_it_keeps():
    base = Baseline(name="wine").accept(fingerprint())
    theirs = baseline()
    assert theirs.noise == merge(base, base, theirs).baseline.noise
    ours = replace(base, noise={"x86_64-v3": record(fingerprint(C=2.0))})
    assert theirs.noise == merge(base, ours, theirs).baseline.noise
