# SPDX-License-Identifier: Apache-2.0
"""Laws of the order of steps."""

from __future__ import annotations

import pytest

from repro_action.config.model import DataPin, Step
from repro_action.digest import Digest
from repro_action.errors import GraphError
from repro_action.steps.graph import classify, order


def step(name, inputs=(), outputs=(), params=()):
    return Step(name=name, run=("true",), inputs=inputs, outputs=outputs, params=params)


def pin(path):
    return DataPin(path=path, digest=Digest("blake3", "00" * 32))


def names(*steps, data=(), exists=lambda _: True):
    return [item.name for item in order(steps, data, exists=exists)]


def refusal(*steps, data=(), exists=lambda _: True):
    with pytest.raises(GraphError) as caught:
        order(steps, data, exists=exists)
    assert caught.value.remedy
    return str(caught.value)


def test_a_step_comes_after_the_one_whose_output_it_reads():
    assert ["a", "b"] == names(step("b", inputs=("out/x",)), step("a", outputs=("out/x",)))


def test_free_steps_keep_the_order_of_the_file():
    assert ["c", "a", "b"] == names(step("c"), step("a"), step("b"))


@pytest.mark.parametrize(
    ("reads", "writes"),
    [
        ("out/x.csv", "out"),
        ("out", "out/x.csv"),
        ("out/*.csv", "out"),
        ("out/*.csv", "out/x.csv"),
        ("**/*.csv", "out/deep/x.csv"),
        ("./out//x.csv", "out/x.csv"),
    ],
)
def test_a_step_depends_on_what_overlaps_its_inputs(reads, writes):
    assert ["a", "b"] == names(step("b", inputs=(reads,)), step("a", outputs=(writes,)))


def test_a_params_file_that_a_step_writes_is_a_dependency():
    assert ["a", "b"] == names(step("b", params=("best.toml",)), step("a", outputs=("best.toml",)))


def test_a_broad_glob_does_not_depend_on_every_output_folder():
    assert ["b", "a"] == names(step("b", inputs=("**/*.py",)), step("a", outputs=("out",)))


def test_a_name_that_begins_alike_is_no_overlap():
    assert ["b", "a"] == names(step("b", inputs=("outer",)), step("a", outputs=("out",)))


def test_paths_are_returned_clean():
    (value,) = order((step("a", inputs=("./src//a.py", "src/a.py")),), (), exists=lambda _: True)
    assert ("src/a.py",) == value.inputs


def test_a_cycle_is_drawn_from_writer_to_reader():
    message = refusal(
        step("a", inputs=("z",), outputs=("x",)),
        step("b", inputs=("x",), outputs=("y",)),
        step("c", inputs=("y",), outputs=("z",)),
    )
    assert "a → b → c → a" in message
    assert "b reads x of a" in message


def test_a_step_that_only_waits_for_a_cycle_is_not_blamed():
    message = refusal(
        step("late", inputs=("x",)),
        step("a", inputs=("y",), outputs=("x",)),
        step("b", inputs=("x",), outputs=("y",)),
    )
    assert "a → b → a" in message
    assert "late" not in message


@pytest.mark.parametrize(("one", "other"), [("out/x", "out/x"), ("out", "out/x"), ("out/x/y", "out")])
def test_two_producers_of_one_output_are_refused(one, other):
    message = refusal(step("a", outputs=(one,)), step("b", outputs=(other,)))
    assert "steps a and b both write" in message


def test_one_step_may_name_a_file_inside_its_output_folder():
    assert ["a"] == names(step("a", outputs=("out", "out/metrics.json")))


def test_an_output_declared_twice_is_refused():
    assert "declares an output twice" in refusal(step("a", outputs=("x", "./x")))


def test_two_steps_of_one_name_are_refused():
    assert "two steps have the name a" in refusal(step("a"), step("a"))


def test_an_input_from_nowhere_is_refused():
    message = refusal(step("a", inputs=("missing.csv",)), exists=lambda _: False)
    assert "there is no missing.csv, which step a reads" in message


def test_a_glob_without_a_match_is_refused():
    assert "no file matches src/*.py" in refusal(step("a", inputs=("src/*.py",)), exists=lambda _: False)


def test_a_glob_over_its_own_outputs_alone_is_an_input_from_nowhere():
    steps = step("a", inputs=("out/*.csv",), outputs=("out",))
    assert "no file matches out/*.csv" in refusal(steps, exists=lambda _: False)


def test_pinned_data_need_not_be_there_yet():
    steps = step("a", inputs=("data/x.csv", "data/*.png"))
    assert ["a"] == names(steps, data=(pin("data"),), exists=lambda _: False)


@pytest.mark.parametrize(
    ("source", "data", "meaning"),
    [
        (step("a", outputs=("data/x",)), ("data",), "pinned data data"),
        (step("a", outputs=("data",)), ("data/x",), "pinned data data/x"),
        (step("a", outputs=("p.toml",), params=("p.toml",)), (), "its own params file p.toml"),
        (step("a", outputs=("x",), inputs=("x",)), (), "its own input x"),
        (step("a", outputs=("src/out",), inputs=("src",)), (), "its own input src"),
        (step("a", outputs=("src",), inputs=("src/a.py",)), (), "its own input src/a.py"),
    ],
)
def test_an_output_that_is_something_to_keep_is_refused(source, data, meaning):
    assert meaning in refusal(source, data=tuple(map(pin, data)))


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "~/x", "", ".", "a\0b"])
def test_a_path_that_leaves_the_project_is_refused(path):
    for item in (step("a", inputs=(path,)), step("a", outputs=(path,)), step("a", params=(path,))):
        assert "step a names the path" in refusal(item)


def test_a_hostile_path_is_escaped_in_the_message():
    assert "\x1b" not in refusal(step("a", inputs=("/\x1b[2J",)))


@pytest.mark.parametrize("output", [".git/hooks/pre-commit", ".repro", ".repro/lock"])
def test_an_output_in_the_folders_of_git_or_repro_is_refused(output):
    assert "belongs to git or repro" in refusal(step("a", outputs=(output,)))


def test_an_output_that_is_a_glob_is_refused():
    assert "uses the glob out/*" in refusal(step("a", outputs=("out/*",)))


def test_inputs_are_distinguished_by_what_vouches_for_them():
    classes = classify(
        ["out/x", "data/a/b.png", "src/a.py", "database", "output"], produced=("out",), pinned=("data",)
    )
    assert ("out/x",) == classes.intermediate
    assert ("data/a/b.png",) == classes.data
    assert ("src/a.py", "database", "output") == classes.code
