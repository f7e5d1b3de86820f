# SPDX-License-Identifier: Apache-2.0
"""Laws of naming why a step failed."""

from __future__ import annotations

import pytest

from repro_action.steps.diagnosis import diagnose, escaped, last_lines


@pytest.mark.parametrize(
    ("exit_code", "tail", "why", "remedy"),
    [
        (1, "ModuleNotFoundError: No module named 'torch'\n", "no module 'torch'", "environment"),
        (127, "sh: 1: dvc: not found\n", "no command dvc", "environment"),
        (127, "bash: line 1: dvc: command not found\n", "no command dvc", "environment"),
        (1, "FileNotFoundError: [Errno 2] No such file or directory: 'x.csv'\n", "no 'x.csv'", "pin"),
        (126, "sh: ./a: Permission denied\n", "not allowed", "permissions"),
        (-9, "", "out of memory", "memory"),
        (137, "Killed\n", "out of memory", "memory"),
        (-11, "", "native code", "compiled"),
        (-4, "", "instruction", "CPU"),
        (-12, "", "SIGUSR2", "log"),
        (1, "ValueError: bad\n", "", "log"),
    ],
)
def test_a_well_known_cause_is_named_with_its_remedy(exit_code, tail, why, remedy):
    cause = diagnose(exit_code, tail)
    assert why in cause.why
    assert remedy in cause.remedy


def test_no_control_character_survives():
    assert "a\tb\n\\x1b[31m\\x07\\x9b\\u202e" == escaped("a\tb\n\x1b[31m\x07\x9b\u202e")
    assert "\x1b" not in diagnose(1, "ModuleNotFoundError: No module named '\x1b[2J'").why


def test_the_last_lines_are_few_and_short():
    said = last_lines("".join(f"{number} {'x' * 1000}\n" for number in range(100)))
    assert 20 == said.count("\n") + 1
    assert said.startswith("80 x")
    assert max(map(len, said.split("\n"))) == 400


def test_of_a_progress_bar_the_last_state_is_quoted():
    assert "90%\ndone" == last_lines("10%\r50%\r90%\r\ndone\r\n")


def test_randomness_that_the_configuration_forbids_is_named_with_its_line():
    tail = (
        'RuntimeError: train.py:4: uuid.uuid4() is refused, as entropy = "forbid": nobody seeded it. Draw …'
    )
    cause = diagnose(1, tail)
    assert cause.why.startswith("train.py:4: uuid.uuid4() draws randomness that nobody seeded")
    assert "Pass a seed there" in cause.remedy
