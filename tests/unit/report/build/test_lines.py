"""Which lines a drift is put down to."""

from dataclasses import replace

from repro_action.finding import Confidence, Evidence, Finding, FindingKind
from repro_action.report.build.lines import with_source
from repro_action.report.model import Flavour

SEARCH = """\
import optuna
sampler = optuna.samplers.TPESampler({seed})
study = optuna.create_study(sampler=sampler)
study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=9{jobs})
"""


def seen(line: int, what: str) -> Finding:
    return Finding(
        kind=FindingKind.LIBRARY_GENERATOR,
        step="train",
        file="train.py",
        line=line,
        what=f"{what} without a seed",
        remedy="pass the seed",
        evidence=Evidence.SEEN,
        confidence=Confidence.HIGH,
    )


def lines(found, text):
    return with_source(found, Flavour.FLAKY, {"train.py": text}, "train")


def test_what_a_sampler_draws_is_put_down_to_the_line_that_made_it_without_a_seed():
    text = SEARCH.format(seed="", jobs="")
    found = lines([seen(4, "optuna.Trial.suggest_float()"), seen(4, "optuna.Study.optimize()")], text)
    assert [("train.py:2", Confidence.HIGH, "train")] == [
        (one.location, one.confidence, one.step) for one in found
    ]


def test_generators_that_a_parallel_search_makes_for_itself_are_put_down_to_its_threads():
    text = SEARCH.format(seed="seed=1", jobs=", n_jobs=2")
    found = lines([seen(4, "optuna.Study.optimize()")], text)
    assert ["train.py:4"] == [one.location for one in found]
    assert "n_jobs=1" in found[0].remedy
    assert found[0].evidence is Evidence.SEEN


def test_draws_of_another_library_stay_what_they_are():
    text = SEARCH.format(seed="", jobs="")
    found = lines([seen(9, "sklearn.utils.shuffle()")], text)
    assert "train.py:9" == found[0].location


def test_what_was_seen_keeps_its_words_where_the_source_knows_no_more():
    text = "import numpy as np\nrng = np.random.default_rng()\nsave(rng.random(3))\n"
    drawn = replace(seen(2, "numpy.random.default_rng()"), kind=FindingKind.GENERATOR)
    assert (drawn,) == lines([drawn], text)


def test_of_a_run_that_agrees_with_itself_nothing_is_explained():
    found = [seen(4, "optuna.Study.optimize()")]
    text = SEARCH.format(seed="", jobs="")
    assert found == list(with_source(found, Flavour.STABLE, {"train.py": text}, "train"))


def test_a_clock_that_ends_a_loop_is_put_in_the_words_of_that():
    text = "import time\nend = time.monotonic() + 2\nwhile time.monotonic() < end:\n    n += 1\n"
    clock = replace(seen(3, "time.monotonic()"), kind=FindingKind.CLOCK)
    found = lines([clock], text)
    assert [("train.py:3", FindingKind.CLOCK), ("train.py:2", FindingKind.TIME)] == [
        (one.location, one.kind) for one in found
    ]
    assert "n_trials" in found[0].remedy
