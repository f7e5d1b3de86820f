# SPDX-License-Identifier: Apache-2.0
"""Parameters that are written as code."""

from __future__ import annotations

from repro_action.pyanalysis.literals import literal_values


def test_literals_of_a_file_its_classes_and_their_beginnings():
    text = """
A = 1
B: float = 2.5
C = A + 1
open("x")
class Train:
    lr = 1e-3
    layers = [1, {"a": None}]
    def __init__(self):
        self.seed = 7
        self.other = compute()
    def run(self):
        self.not_this = 1
"""
    assert {
        "A": 1,
        "B": 2.5,
        "Train.lr": 0.001,
        "Train.layers": [1, {"a": None}],
        "Train.seed": 7,
    } == literal_values(text)


def test_what_is_no_python_has_none():
    assert {} == literal_values("x = (")
    assert {} == literal_values("x = " + "[" * 5000)
    assert {} == literal_values("\0")
