"""A slice of the zoo: under `portable`, what stands outside changes no bit of what is fitted.

The whole of it is `python -m bench.zoo`; its figures stand in docs/determinism.md.
"""

import json
import shutil
import subprocess
import sys

import pytest

from bench.scale import ROOT
from bench.zoo import compare, cost, data, page, passes, results
from bench.zoo.columns import REFERENCE, Column, by_name
from bench.zoo.leaves import differing
from bench.zoo.surroundings import Here

NAMES = (
    "BayesianRidge",
    "CountVectorizer",
    "FactorAnalysis",
    "GaussianMixture",
    "GridSearchCV",
    "KMeans",
    "KernelRidge",
    "LinearDiscriminantAnalysis",
    "LogisticRegression",
    "MLPRegressor",
    "PCA",
    "PLSRegression",
)
OUTSIDE = {
    **by_name("threads-4").outside,
    **by_name("core-SkylakeX").outside,
    **by_name("hash-seed").outside,
}
DISTURBED = Column(name="disturbed", title="all at once", outside=OUTSIDE)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    pytest.importorskip("sklearn")
    here = Here.now()
    if here.circumstances["cpu_level"] not in {"x86-64-v3", "x86-64-v4"}:
        pytest.skip("the knobs that are looked at here are those of x86-64-v3")
    return passes.Place(folder=tmp_path_factory.mktemp("zoo"), names=NAMES, here=here)


@pytest.fixture(scope="module")
def fitted(place):
    """Fit under a profile and surroundings, each once."""
    kept = {}

    def fit(profile, column):
        if (profile, column.name) not in kept:
            kept[profile, column.name] = passes.run(place, profile, column, print)
        return kept[profile, column.name]

    return fit


def test_portable_overrides_what_is_set_outside(fitted):
    found = compare.between(
        fitted("portable", DISTURBED).animals, fitted("portable", by_name(REFERENCE)).animals
    )
    assert (frozenset(NAMES), {}) == (found.identical, found.failed)


def test_the_processes_report_the_pinned_kernels(fitted):
    seen = fitted("portable", DISTURBED).seen
    assert (["Haswell"], ["openblas 1", "openmp 1"], []) == (seen["blas"], seen["threads"], seen["broken"])
    assert not [name for name in seen["numpy"] if name == "X86_V4" or name.startswith("AVX512")]


def test_without_the_pins_of_portable_the_kernels_change_bits(place, fitted):
    if place.here.circumstances["cpu_level"] != "x86-64-v4":
        pytest.skip("this CPU has no other kernels to choose")
    found = compare.between(
        fitted("native", by_name("avx2")).animals, fitted("native", by_name(REFERENCE)).animals
    )
    assert len(found.differing) >= len(NAMES) // 2


def test_this_machine_has_the_bits_that_are_kept_in_the_repository(place, fitted):
    kept = results.load()
    hindrances = results.comparable(place.identity(), kept)
    ours = [one for one in hindrances if one.startswith(("recipes ", "data "))]
    assert not ours, "what the zoo trains was edited: undo that, or measure its digests again"
    if hindrances:
        pytest.skip(f"the digests in the repository are of others: {'; '.join(hindrances)}")
    assert [] == results.unlike(fitted("portable", by_name(REFERENCE)).animals, kept)


def test_leaves_that_differ_are_named(tmp_path):
    joblib = pytest.importorskip("joblib")
    joblib.dump({"a": 1.0, "b": [1, 2]}, tmp_path / "one.joblib")
    joblib.dump({"a": 1.0, "b": [1, 3]}, tmp_path / "other.joblib")
    assert ["['b'][1]"] == differing(tmp_path / "one.joblib", tmp_path / "other.joblib")
    shutil.copy(tmp_path / "one.joblib", tmp_path / "same.joblib")
    assert [] == differing(tmp_path / "one.joblib", tmp_path / "same.joblib")


def test_an_estimator_that_failed_is_never_counted_as_identical():
    one = {"A": {"state": "1", "outputs": "1", "bytes": "1"}, "B": {"error": "took more than 1 s"}}
    found = compare.between(one, one)
    assert (frozenset("A"), {"B": "took more than 1 s"}, False) == (
        found.identical,
        found.failed,
        found.whole,
    )


def _kept(cpu, **digests):
    about = {"cpu": cpu, "libc": "glibc 2.36", "python": "3.11.7", "numpy": "2.4.6"}
    return {"identity": about, "portable": {name: [one, one] for name, one in digests.items()}}


def _pass(**digests):
    return {name: {"state": one, "outputs": one} for name, one in digests.items()}


def test_another_cpu_confirms_what_is_kept():
    kept = _kept("AMD", A="1", B="2")
    other = {**kept["identity"], "cpu": "Intel"}
    confirmed = results.confirmed(other, _pass(A="1", B="3"), kept)
    again = results.confirmed(other, _pass(A="1", B="2"), confirmed)
    said = [
        [(one["cpu"], one["identical"], one["compared"], one["differing"]) for one in item["confirmations"]]
        for item in (confirmed, again)
    ]
    assert [[("Intel", 1, 2, ["B"])], [("Intel", 2, 2, [])]] == said


def test_the_machine_whose_place_is_taken_confirms_the_new_one():
    kept = {**_kept("AMD", A="1"), "confirmations": [{"cpu": "Arm"}, {"cpu": "Intel"}]}
    new = {**kept["identity"], "cpu": "Intel"}
    assert [("AMD", 1), ("Arm", None)] == [
        (one["cpu"], one.get("identical")) for one in results.carried(new, _pass(A="1"), kept)
    ]
    moved = results.carried(new, _pass(A="2"), kept)
    assert [("AMD", 0, ["A"])] == [(one["cpu"], one["identical"], one["differing"]) for one in moved]
    assert [] == results.carried({**new, "numpy": "2.5.0"}, _pass(A="1"), kept)
    assert kept["confirmations"] == results.carried(kept["identity"], _pass(A="1"), kept)


def test_what_another_machine_emulated_is_kept_under_its_name_while_the_digests_are_the_same():
    row = {"portable": {"identical": 1, "of": 1}}
    seen = {"portable.qemu-Haswell": {"blas": ["Haswell"]}, "portable.reference": {}}
    kept = {**_kept("AMD", A="1"), "rows": {"qemu-Haswell": row, "again": row}, "seen": seen}
    new = {**kept["identity"], "cpu": "Intel"}
    (value,) = results.emulated_before(new, _pass(A="1"), kept).items()
    assert ("qemu-Haswell", "AMD", ["portable.qemu-Haswell"]) == (
        value[0],
        value[1][0]["portable"]["cpu"],
        list(value[1][1]),
    )
    assert {} == results.emulated_before(new, _pass(A="2"), kept)


def test_an_estimator_that_differs_on_another_cpu_is_an_exception_of_the_page():
    table = {"cpu": "Intel", "identical": 210, "compared": 211, "differing": ["Isomap"]}
    text = page.render({**results.load(), "confirmations": [table]})
    assert "Intel, **210 of 211**" in text
    assert "- Intel: `Isomap`, whose ARPACK starts" in text


def _rounds(portable, off):
    return {cost.PINNED: portable, cost.ONE: off}


def test_costs_are_compared_round_by_round_and_short_fits_only_in_the_total():
    long, short = _rounds([2, 9, 2], [1, 3, 1]), _rounds([0.04] * 3, [0.02] * 3)
    torn = _rounds([1, 1], [1, 1, 1])  # it failed once: in no sum
    seconds = {"Long": long, "Short": short, "Torn": torn}
    besides = _rounds([1.5], [1.0])
    summary = cost.summary({"rounds": 3, "cpu": seconds, "wall": seconds, "besides": besides, "load": [1.0]})
    assert (2, {"Long": [1, 2.0, 2.0, 3.0]}) == (summary["count"], summary["each"])
    assert (2.0, [2.0, 2.99]) == (summary["ratio"], summary["spread"])
    # What is kept in the repository has its keys sorted.
    page_of = cost.render(json.loads(json.dumps(summary, sort_keys=True)))
    assert "| `Long` | 1.00 s | 2.00 times | 2.00 to 3.00 |" in page_of
    assert "| CPU of a process besides | 1.5 s | 1.0 s |" in page_of


def test_each_estimator_has_its_seconds(place):
    data.make(place.data)
    file = place.folder / "seconds.json"
    command = [sys.executable, "-m", "bench.zoo.timed", place.data, file, "BayesianRidge", "PCA"]
    subprocess.run(command, cwd=ROOT, check=True)
    document = json.loads(file.read_text())
    assert ["BayesianRidge", "PCA"] == list(document)
    assert all(0 < seconds for times in document.values() for seconds in times)


def test_every_estimator_is_counted():
    worker = pytest.importorskip("bench.zoo.worker")
    pytest.importorskip("sklearn")
    assert set(results.load()["portable"]) == set(worker.classes())


def test_the_page_shows_the_kept_results():
    text = page.PAGE.read_text(encoding="utf-8")
    assert page.replace(text, results.load()) == text, "run python -m bench.zoo table"
