# SPDX-License-Identifier: Apache-2.0
"""What each medium makes of each answer about new data, to the letter; `--update-golden` writes it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from golden.drift.cases import CASES, HOSTILE

from repro_action import schemas
from repro_action.report.json.drift import as_json
from repro_action.report.render.markdown import drift as markdown
from repro_action.report.render.terminal import drift as terminal

GOLDEN = Path(__file__).parents[2] / "golden" / "drift"
MEDIA = {"expected.txt": lambda report: terminal.render(report, width=80), "expected.md": markdown.render}


@pytest.mark.parametrize("name", MEDIA)
@pytest.mark.parametrize("answer", CASES)
def test_each_medium_is_golden(answer, name, request):
    actual = MEDIA[name](CASES[answer])
    path = GOLDEN / answer / name
    if request.config.getoption("--update-golden", default=False):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(actual, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == actual


@pytest.mark.parametrize("answer", CASES)
def test_each_answer_follows_the_schema(answer):
    jsonschema.validate(json.loads(json.dumps(as_json(CASES[answer]))), schemas.load("drift.v1"))


def test_foreign_text_is_harmless():
    shown = markdown.render(HOSTILE)
    outside = "".join(shown.split("`")[::2])
    assert "<img" not in outside
    assert "@org" not in outside
    assert "\x1b" not in terminal.render(HOSTILE) + shown
    assert "\u202e" not in terminal.render(HOSTILE) + shown
