# SPDX-License-Identifier: Apache-2.0
"""Inputs, outputs, artifacts and discovery agree on what a pattern matches."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repro_action.compare.artifact_rules import rule_for
from repro_action.config.discover import discover
from repro_action.config.model import ArtifactRule, Step
from repro_action.errors import ConfigError, GraphError
from repro_action.paths.patterns import PathPattern, covers, escape_wildcards, within
from repro_action.steps.graph import order
from repro_action.steps.inputs import expand_inputs

NAMES = st.sampled_from(["a", "b", "ab", ".c", "x.npy", "[", "a*"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PARTS = st.sampled_from(["a", "b", "*", "**", "a*", "?", "[ab]", "[!a]", "*.npy", ".c", ".*", "x.npy"])
PATTERNS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)


def expanded(root, pattern):
    try:
        return expand_inputs(root, [pattern])
    except GraphError:
        return ()


def discovered(root, pattern):
    try:
        return discover(root, [pattern])
    except ConfigError:
        return ()


def make(root, path):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).touch()


@settings(deadline=None, max_examples=150)
@given(pattern=PATTERNS, path=PATHS)
def test_inputs_and_artifacts_match_the_same_files(pattern, path):
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), path)
        assert (path in expanded(Path(folder), pattern)) == covers(pattern, path)
    assert (rule_for(path, [ArtifactRule(glob=pattern)]) is not None) == covers(pattern, path)


@given(pattern=PATTERNS, path=PATHS)
def test_a_step_comes_after_the_step_whose_output_its_input_matches(pattern, path):
    reader = Step(name="reader", run=("true",), inputs=(pattern,), outputs=("other",))
    writer = Step(name="writer", run=("true",), outputs=(path.translate({ord("*"): "s", ord("["): "s"}),))
    placed = order((reader, writer), (), exists=lambda _: True)
    if covers(pattern, writer.outputs[0]):
        assert ["writer", "reader"] == [step.name for step in placed]


@settings(deadline=None, max_examples=150)
@given(pattern=PATTERNS, path=PATHS)
def test_discovery_matches_the_folders_and_files_that_a_pattern_names(pattern, path):
    plain = path.translate({ord("*"): "s", ord("["): "s"})
    config = f"{plain}/repro.toml"
    wanted = PathPattern(pattern)
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), config)
        assert (config in discovered(Path(folder), pattern)) == (
            wanted.matches(plain) or wanted.matches(config)
        )


@given(pattern=PATTERNS, path=PATHS, below=PATHS)
def test_what_is_below_a_match_counts_with_it(pattern, path, below):
    if PathPattern(pattern).matches(path):
        assert covers(pattern, path)
        assert covers(pattern, f"{path}/{below}")
    assert covers(path, f"{path}/{below}") or "*" in path or "[" in path


@given(path=PATHS, other=PATHS)
def test_an_escaped_path_is_a_pattern_of_this_path_alone(path, other):
    assert covers(escape_wildcards(path), other) == within(other, path)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("out", "out/deep/x.npy", True),
        ("out", "old/out", False),
        ("out/*.npy", "out/x.npy", True),
        ("out/*.npy", "out/deep/x.npy", False),
        ("out/**/*.npy", "out/x.npy", True),
        ("out/**/*.npy", "out/deep/x.npy", True),
        ("out/**/*.npy", "out/.cache/x.npy", False),
        ("out/**", "out/deep/x.npy", True),
        ("out/**", "out", False),
        ("out/**", "out/.cache", False),
        ("out/**/**", "out/x", True),
        ("**", "out", True),
        ("fold-?/model.*", "fold-1/model.pt", True),
        ("fold-?/model.*", "fold-10/model.pt", False),
        ("run[0-9]", "run1/a", True),
        ("run[0-9]", "runs", False),
        ("*", "out/x", True),
        ("*", ".venv/x", False),
        ("*.npy", "out/x.npy", False),
        (".github/*.yml", ".github/a.yml", True),
        ("a[*]b", "a*b", True),
        ("a[*]b", "axb", False),
    ],
)
def test_the_documented_syntax(pattern, path, expected):
    assert expected == covers(pattern, path)


def test_a_hostile_pattern_costs_no_more_than_its_length_times_the_paths():
    hostile = PathPattern("/".join(["**", "a*a*a*b"] * 200))
    positions = hostile.start()
    for _ in range(300):
        positions = hostile.advance(positions, "a" * 200)
        assert len(positions) <= len(hostile.parts) + 1
    assert not hostile.accepts(positions)
