# SPDX-License-Identifier: Apache-2.0
"""What is said of a changed file: an edit of one line is shown as itself."""

from __future__ import annotations

import pytest
from factories import make_fingerprint

from repro_action.compare.difference import Difference
from repro_action.compare.materials import MaterialDifference, Presence
from repro_action.fingerprint import MaterialKind
from repro_action.report.build.comparison import comparison
from repro_action.report.build.details import lines_changed, program_or_lines
from repro_action.report.model import Side


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("a\ndepth = 5\nb\n", "a\ndepth = 7\nb\n", "depth = 5 → 7"),
        ("depth = 15\n", "depth = 75\n", "depth = 15 → 75"),
        ("m = Forest(n=5, depth=3)\n", "m = Forest(n=5, depth=4)\n", "m = Forest(n=5, depth=3) → 4"),
        ("x = 1\n", "x = 1\ny = 2\n", "`y = 2` added"),
        ("x = 1\n", "x = 1\ny = `2`\n", "y = `2` added"),
        ("x = 1\ny = 2\n", "y = 2\n", "`x = 1` removed"),
        ("x = 1\n", "x = 1\n\n", "+1 -0 lines"),
        ("a\nb\n", "c\nd\n", "+2 -2 lines"),
        ("a\0b", "a\0bc", "3 → 4 bytes"),
        ("a\0b", "a\0c", "changed, same size"),
        ("if x:\n  y\n", "if x:\n    y\n", "only the indentation of a line changed"),
        ("x\r\n", "x\n", "only line endings changed"),
        ("-- a\n", "++ a\n", "-- a → ++ a"),
    ],
)
def test_a_changed_file_is_described(before: str, after: str, said: str) -> None:
    assert lines_changed(before.encode(), after.encode()) == said


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("x = 1\n", "# why\nx = 1  # one\n\n", True),
        ("f(a, b)\n", "f(\n    a,\n    b,\n)\n", True),
        ("x = 1\n", "x = 2\n", False),
        ('"""One."""\n', '"""Two."""\n', False),
        ("x = '# a'\n", "x = '# b'\n", False),
        ("x = (\n", "x = ( # no program\n", False),
        ("x = 1\n", "x = " + "(" * 3000 + "1" + ")" * 3000, False),
        (f"x = 0x{'f' * 8000}\n", f"x = 0x{'f' * 8000}  # longer than Python writes\n", False),
    ],
)
def test_a_program_of_which_only_comments_or_layout_changed_is_the_same(before, after, same):
    edit = program_or_lines(before.encode(), after.encode())
    assert same == edit.same_program
    assert same == (edit.text == "only comments or layout changed")


@pytest.mark.parametrize(
    ("kind", "place"),
    [(MaterialKind.DATA, "data"), (MaterialKind.CODE, "code"), (MaterialKind.STEPS, "code")],
)
def test_the_strip_counts_a_material_as_its_kind(kind: MaterialKind, place: str) -> None:
    found = MaterialDifference(kind=kind, name="x", before="x", after="y", presence=Presence.CHANGED)
    one = make_fingerprint()
    sides = (Side(label="baseline", platform=""), Side(label="this run", platform=""))
    made = comparison(Difference(materials=(found,), products=(), metrics=()), one, one, sides=sides)
    assert [state.name for state in made.strip if state.same is False] == [place]
