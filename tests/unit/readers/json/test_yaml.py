# SPDX-License-Identifier: Apache-2.0
"""YAML: small files and large ones, which another scanner reads."""

from __future__ import annotations

import pytest
import yaml
from work import counted

from repro_action.listing import flatten
from repro_action.readers import read_source
from repro_action.readers.json import yaml_file
from repro_action.readers.protocol import BytesSource, Limits, ReadContext

VALUES = """
a: [1, 2.5, x, null, yes, 2020-01-01, 2020-01-01T10:00:00Z, 0x1f, 1_000, 1:30, .inf]
b: &x {k: v}
c: [*x, *x]
? 2020-01-01
: z
"""


def read(text, **limits):
    context = ReadContext(nest=read_source, limits=Limits(**limits))
    return read_source(BytesSource("a.yaml", text.encode()), context)


@pytest.fixture
def large(monkeypatch):
    def reading(text, **limits):
        monkeypatch.setattr(yaml_file, "_SMALL", -1)
        tree = read(text, **limits)
        monkeypatch.undo()
        return tree

    return reading


@pytest.mark.parametrize(
    "text",
    [
        VALUES,
        "--- 1\n--- a\n...\n--- [a]\n",
        "!foo {a: !bar b, c: !!str 1, d: !!float 3}\n",
        "- |\n  text\n  more\n- >-\n  fold\n  ed\n- '1'\n- ! 3\n",
        "",
        "<<: {a: 1}\nb: 2\n",
        "= : =\n",
        "a: &x 1\n--- *x\n",
        "a: 1\na: 2\n",
        "a: !!int x\n",
        "- !!timestamp foo\n",
        "? [1, 2]\n: z\n",
        "!!set {a, b}\n",
    ],
)
def test_both_scanners_give_the_same_tree(text, large):
    one, other = read(text), large(text)
    assert bool(one.reason) == bool(other.reason)
    assert one.reason or one.root == other.root


def test_records_of_a_large_file_are_columns(large):
    text = "".join(
        f"- {{step: {step}, loss: {step / 7!r}, day: 2024-01-0{step % 9 + 1}}}\n" for step in range(2000)
    )
    assert {"[*]['step']", "[*]['loss']", "[*]['day']"} <= flatten(large(text).root).keys()


@pytest.mark.parametrize("scanner", ["own", "LibYAML"])
def test_aliases_that_multiply_are_refused(scanner, large):
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with counted() as work:
        tree = (read if scanner == "own" else large)("\n".join(lines), memory=1 << 20)
    assert "too large to be read as leaves" in tree.reason
    assert work.cpu < 5  # 0.3 as measured


def test_an_alias_of_what_it_is_a_part_of_is_refused(large):
    assert "bytes" == large("a: &a [*a]\n").format


def test_without_libyaml_a_large_file_says_what_is_missing(large, monkeypatch):
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    assert "without LibYAML" in large("a: 1\n").reason


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1\n---\n2\n", "[1, 2]"),
        ("", "[]"),
        ("", "{}"),
        ("!!set {a: null}", "{tag: 'tag:yaml.org,2002:set', value: {a: null}}"),
        ("!!set {a: null}", "{\"!<tag> 'tag:yaml.org,2002:set'\": {a: null}}"),
        ("2020-01-01: 1", "'2020-01-01': 1"),
        ("2020-01-01: 1", "'datetime.date(2020, 1, 1)': 1"),
        ("? !!binary aGk=\n: 1", "\"!binary 'aGk='\": 1"),
        ("[a, null]", "{0: a, 1: null}"),
    ],
)
def test_what_pyyaml_loads_to_two_values_is_two_trees(one, other, large):
    assert list(yaml.safe_load_all(one)) != list(yaml.safe_load_all(other))
    for reading in (read, large):
        first, second = reading(one), reading(other)
        assert ["yaml", "yaml"] == [first.format, second.format]
        assert first.root != second.root
