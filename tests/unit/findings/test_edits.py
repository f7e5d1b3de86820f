# SPDX-License-Identifier: Apache-2.0
"""An edit is shown as itself: what differs, with what names it."""

from __future__ import annotations

import pytest

from repro_action.findings.edits import command_edit, line_edit


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("    fit(x, depth=5, k=3)", "    fit(x, depth=5, k=4)", "fit(x, depth=5, k=3) → 4"),
        ("fit(depth=5, k=3)", "fit(depth=7, k=3)", "depth=5 → 7"),
        ('{"lr": 0.1, "d": 3}', '{"lr": 0.2, "d": 3}', '"lr": 0.1 → 0.2'),
        ('mode = "train"', 'mode = "test"', 'mode = "train" → "test"'),
        ("p = '/a/x.csv'", "p = '/a/y.csv'", "p = '/a/x.csv' → '/a/y.csv'"),
        ("return x", "return x * 2", "return x → return x * 2"),
        ("x = 1  # c", "y = 1  # c", "x = 1  # c → y = 1  # c"),
        ("x" * 300 + " = 1", "x" * 300 + " = 2", "…" + "x" * 37 + " = 1 → 2"),
        ("a" * 150, "b" * 150, ""),
        ("  x", "x", "only the indentation of a line changed"),
    ],
)
def test_a_line_is_shown_by_what_differs(before: str, after: str, said: str) -> None:
    assert line_edit(before, after) == said


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("python train.py --epochs 5", "python train.py --epochs 10", "--epochs 5 → 10"),
        ("python train.py --epochs=5", "python train.py --epochs=10", "--epochs=5 → 10"),
        ("A=1 python train.py", "A=2 python train.py", "A=1 → 2"),
        ("python train.py", "python train.py --fast", "--fast added"),
        ("python train.py --fast", "python train.py", "--fast removed"),
        ("python a.py", "python b.py", "a.py → b.py"),
        ("python t.py 1 a 2 b 3 c 4", "python t.py 9 a 8 b 7 c 6", "1 → 9, 2 → 8, 3 → 7 and 1 more"),
        ("python train.py", "python train.py", ""),
    ],
)
def test_a_command_is_shown_by_its_differing_words(before: str, after: str, said: str) -> None:
    assert command_edit(before, after) == said
