# SPDX-License-Identifier: Apache-2.0
"""docs/probe.md says what the program does."""

from __future__ import annotations

import re
from pathlib import Path

from repro_action.cli.parser import parse
from repro_action.probe.variations.catalogue import VARIATIONS
from repro_action.probe.variations.names import NAMES
from repro_action.report.probe_model import Answer
from repro_action.report.render import probe_labels as probe_words
from repro_action.report.render.markdown.escape import prose

PAGE = (Path(__file__).parents[3] / "docs" / "probe.md").read_text(encoding="utf-8")


def table() -> str:
    """Return the rows of the page that list the variations, from their classes."""
    rows = [
        (f"`{one.name}`", prose(one.what), "yes" if one.numeric else "", one.remedy) for one in VARIATIONS
    ]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in rows)


def test_the_table_of_variations_is_that_of_the_classes():
    assert f"| variation | disturbs | rounding only | fix |\n| --- | --- | --- | --- |\n{table()}" in PAGE


def test_the_table_lists_every_variation_in_order():
    assert list(NAMES) == re.findall(r"^\| `([a-z-]+)` \|", table(), re.MULTILINE)
    assert list(NAMES) == [variation.name for variation in VARIATIONS]


def test_every_variation_has_a_remedy():
    assert [] == [variation.name for variation in VARIATIONS if not variation.remedy.strip()]


def test_every_answer_is_explained():
    words = [probe_words.answer_word(answer) for answer in Answer]
    assert [] == [word for word in words if not re.search(rf"^\| . {word}", PAGE, re.MULTILINE)]


def test_every_command_shown_is_understood():
    commands = re.findall(r"repro (probe[^#`\"\n]*)", PAGE)
    assert len(commands) >= 4
    for command in commands:
        words = command.replace("…", "").split()
        assert "probe" == parse([word for word in words if word != "--report-markdown"]).command
