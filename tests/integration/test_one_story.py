# SPDX-License-Identifier: Apache-2.0
"""One run tells one story: every medium names the same lines, and no line of a step that agrees."""

from __future__ import annotations

import json
import re

import pytest
from integration.command import UNENCLOSED, repro

from repro_action.report.bundle import Entry
from repro_action.report.json.report import load
from repro_action.report.model import Report
from repro_action.report.render import annotations
from repro_action.report.render.markdown.report import render as as_markdown
from repro_action.report.render.terminal.report import render as as_text

CONFIG = f"""{UNENCLOSED}
[[steps]]
name = "a"
run = ["python", "a.py"]
inputs = ["a.py"]
outputs = ["a.txt"]

[[steps]]
name = "b"
run = ["python", "b.py"]
inputs = ["b.py", "a.txt"]
outputs = ["b.txt"]
"""
A = """\
from numpy.random import default_rng

default_rng().shuffle([1, 2, 3])
open("a.txt", "w").write("the same\\n")
"""
B = """\
from numpy.random import default_rng

open("b.txt", "w").write(f"{default_rng().random()}\\n")
"""
CULPRIT = "b.py:3"


@pytest.fixture(scope="module")
def drifted(tmp_path_factory) -> Report:
    """A run of two steps: `a` draws without a seed and its output agrees, `b` draws and drifts."""
    folder = tmp_path_factory.mktemp("two")
    for name, text in (("repro.toml", CONFIG), ("a.py", A), ("b.py", B)):
        (folder / name).write_text(text)
    repro(folder, "verify", "-q")
    repro(folder, "accept", "--force")
    document = json.loads(repro(folder, "verify", "-q", "--json").stdout)
    return load(json.dumps({name: value for name, value in document.items() if name in REPORT}))


REPORT = {"version"} | set(Report.__dataclass_fields__)


def lines(text: str) -> set[str]:
    """Return every line of code that a text names."""
    return set(re.findall(r"\b[ab]\.py:\d+", text))


def test_a_drift_names_the_lines_of_the_step_where_it_begins(drifted):
    assert ("drifted", "flaky") == (drifted.verdict, drifted.flavour)
    assert [("b", CULPRIT)] == [(found.step, found.location) for found in drifted.findings]


def test_an_observation_knows_its_step(drifted):
    assert {("a", "a.py"), ("b", "b.py")} == {(item.step, item.file) for item in drifted.observations}


def test_every_medium_names_the_same_lines(drifted):
    entry = Entry(config="repro.toml", baseline="repro.baseline.json", report=drifted)
    remarks = annotations.annotations(entry, "")
    markdown = as_markdown(drifted).partition("<details>")[0]
    table = {
        "causes": lines("\n".join(cause.text for cause in drifted.causes)),
        "terminal": lines(as_text(drifted)),
        "Markdown": lines(markdown),
        "annotations": {f"{one.path}:{one.line}" for one in remarks if one.path.endswith(".py")},
        "JSON": {found.location for found in drifted.findings},
    }
    assert {name: {CULPRIT} for name in table} == table


def test_the_remedy_is_the_same_everywhere(drifted):
    (found,) = drifted.findings
    entry = Entry(config="repro.toml", baseline="repro.baseline.json", report=drifted)
    (remark,) = (one for one in annotations.annotations(entry, "") if one.path == "b.py")
    for text in (drifted.causes[1].text, as_markdown(drifted), remark.message):
        assert found.what in text
        assert found.remedy in text
