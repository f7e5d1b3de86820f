# SPDX-License-Identifier: Apache-2.0
"""The rules for what a step prints: bars, times, paths, addresses and colours."""

from __future__ import annotations

from repro_action.readers.accidental_part import AccidentalPart

_PRINTED = "https://docs.python.org/3/library/logging.html#logrecord-attributes"

PRINTED = (
    AccidentalPart(
        rule="printed-bars",
        library="tqdm and others",
        what="in what a step prints: bars with their rates, and what a carriage return draws over",
        why="how often they are redrawn depends on time",
        source="https://github.com/tqdm/tqdm/blob/master/tqdm/std.py",
    ),
    AccidentalPart(
        rule="printed-times",
        library="any",
        what="in what a step prints: dates and times of day, such as `2026-01-31 12:00:00` and `12:00:00`",
        why="the clock",
        source=_PRINTED,
    ),
    AccidentalPart(
        rule="printed-durations",
        library="any",
        what="in what a step prints: numbers with a unit of time or a rate, such as `3.2s`, `15 ms/step` and "
        "`8 it/s`, and numbers behind `time`, `seconds`, `elapsed`, `took`, `duration`, `runtime` or `eta`",
        why="how long something took",
        source=_PRINTED,
    ),
    AccidentalPart(
        rule="printed-paths",
        library="any",
        what="in what a step prints: absolute paths of two names or more",
        why="where the project is",
        source=_PRINTED,
    ),
    AccidentalPart(
        rule="printed-addresses",
        library="any",
        what="in what a step prints: `0x` and six hexadecimal digits or more",
        why="an address in memory",
        source="https://docs.python.org/3/library/functions.html#id",
    ),
    AccidentalPart(
        rule="printed-colours",
        library="any",
        what="in what a step prints: colours and other escape sequences of terminals",
        why="they are formatting, not text",
        source="https://ecma-international.org/publications-and-standards/standards/ecma-48/",
    ),
)
