# SPDX-License-Identifier: Apache-2.0
"""What a pattern of `byproducts` matches: names, never the rendered path."""

import pytest

from repro_action.paths.leaf_patterns import LeafPattern, literal_leaf


@pytest.mark.parametrize(
    "pattern",
    ["*fit_seconds*", "fit_seconds", "**.fit_seconds", "['fit_seconds']", "**fit_seconds**", "fit_?econds"],
)
def test_a_key_at_the_top_is_named_in_each_of_these_ways(pattern):
    assert LeafPattern(pattern).matches("['fit_seconds']")


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("steps[*].coef_", (".steps", "[1]", ".coef_")),
        ("steps.*.coef_", (".steps", "[1]", ".coef_")),
        ("log_history[*]['train_runtime']", ("['log_history']", "[4]", "['train_runtime']")),
        ("**.train_runtime", ("['log_history']", "[4]", "['train_runtime']")),
        ("**.fit_time_", (".fit_time_",)),
        ("model.pkl.refit_time_", ("/model.pkl", ".refit_time_")),
        ("*.pkl.refit_time_", ("/model.pkl", ".refit_time_")),
        ("out.csv/age", ("/out.csv", "/age")),
        ("**/*.log", ("/run", "/a.log")),
        ("logs/.seen", ("/logs", "/.seen")),
        ("events**", ("['events']", "[0]", "['at']")),
        ("x.__args__[0]", (".x", ".__args__[0]")),
        ("['a.b[0]']", ("['a.b[0]']",)),
    ],
)
def test_a_pattern_matches_the_names_on_the_way(pattern, path):
    assert LeafPattern(pattern).matches(*path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("fit_seconds", ("['run']", "['fit_seconds']")),
        ("*", ("['run']", "['fit_seconds']")),
        ("['fit_seconds']", (".fit_seconds",)),
        ("**.refit_time_", ("/m.pkl.refit_time_",)),
        ("**.a", ("['x.a']",)),
        ("a[0]", ("['a[0]']",)),
        ("run/a", ("['run']", "['a']")),
        ("", ("['a']",)),
    ],
)
def test_a_name_that_reads_like_a_path_is_one_name(pattern, path):
    assert not LeafPattern(pattern).matches(*path)


@pytest.mark.parametrize("name", ["a*b.json", "deep/x?.json", "[x].json", "a.b/.c"])
def test_a_literal_pattern_matches_its_file_alone(name):
    pattern = literal_leaf(name)
    assert pattern.matches(*(f"/{part}" for part in name.split("/")))
    assert not pattern.matches("/other")
