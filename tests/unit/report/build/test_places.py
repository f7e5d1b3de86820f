# SPDX-License-Identifier: Apache-2.0
"""A cause is found at the line that says it, or at none."""

from __future__ import annotations

import pytest
from work import counted

from repro_action.report.build.places import first_edit, key_line, named_line, package_line

TOML = """\
seed = 1
l2 = 5

[other]
l2 = 0.1

[model]
"l2" = 0.1
depth=4

[last]
l2 = 0.1
"""
YAML = "a:\n  l2: 1\nmodel:\n  depth: 4\n  l2: 0.1\n"
JSON = '{\n "a": {"l2": 1},\n "model": {\n  "l2": 0.1\n }\n}\n'


@pytest.mark.parametrize(
    ("text", "key", "value", "line"),
    [
        (TOML, "seed", "1", 1),
        (TOML, "l2", "5", 2),
        (TOML, "model.l2", "0.1", 8),
        (TOML, "model.depth", "4", 9),
        (TOML, "last.l2", "0.1", 12),
        (TOML, "gone", "1", 0),
        (YAML, "model.l2", "0.1", 5),
        (JSON, "model.l2", "0.1", 4),
        ("a.l2 = 1\nmodel.l2 = 0.1\n", "model.l2", "0.1", 2),
        ("", "l2", "1", 0),
        ("l2 = [1, 2]\n", "l2[0]", "1", 1),
        ("x" * 9_000 + " = 1", "x" * 9_000, "1", 0),
    ],
)
def test_a_parameter_is_found_at_its_line(text, key, value, line):
    assert key_line(text, key, value) == line


@pytest.mark.parametrize("line", ["l2 = 1", "-" * 2_000])
def test_a_hostile_file_of_parameters_costs_no_more_than_its_length(line):
    text = f"{line}\n" * (1_000_000 // len(line))
    with counted() as work:
        key_line(text, "model.l2", "0.1")
    assert work.cpu < 5  # 0.3 as measured; what grows with the square of the length takes minutes


@pytest.mark.parametrize(
    ("text", "name", "line"),
    [
        ("# numpy\nnumpy==2.4.0 \\\n    --hash=sha256:aa\n", "numpy", 2),
        ("numpy-stl==1\nnumpy==2\n", "numpy", 2),
        ("scikit_learn>=1\n", "scikit-learn", 1),
        ("Pillow==11\n", "pillow", 1),
        ("numpy[all] ~= 2.4\n", "numpy", 1),
        ('[[package]]\nname = "numpy"\nversion = "2.4.0"\n', "numpy", 2),
        ("dependencies:\n  - numpy=2.4.0\n", "numpy", 2),
        ("scipy==1\n", "numpy", 0),
    ],
)
def test_a_package_is_found_where_it_is_pinned(text, name, line):
    assert package_line(text, name) == line


def test_a_step_is_found_by_its_name():
    assert named_line('[[steps]]\nname = "prepare"\n[[steps]]\nname = "train"\n', "train") == 4
    assert named_line("", "train") == 0


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("a\nb\nc\n", "a\nx\nc\n", 2),
        ("a\n", "a\nb\n", 2),
        ("a\nb\n", "a\n", 1),
        ("a\n", "", 1),
        ("a\n", "a\n", 0),
        ("a\0", "b\0", 0),
    ],
)
def test_an_edit_is_found_at_its_first_line(old, new, line):
    assert first_edit(old.encode(), new.encode()) == line
