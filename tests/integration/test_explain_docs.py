# SPDX-License-Identifier: Apache-2.0
"""The example of docs/explain.md is what the command prints."""

from __future__ import annotations

import re
from pathlib import Path

from changed_project import commit, git
from integration.command import repro

DOCS = Path(__file__).parents[2] / "docs" / "explain.md"
BASE = "x,y\n1,2\n2,4\n3,6\n"


def block(text: str, language: str, begins: str) -> str:
    found = re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return next(each for each in found if each.startswith(begins))


def test_the_example_is_what_the_command_prints(tmp_path):
    text = DOCS.read_text(encoding="utf-8")
    git(tmp_path, "init", "-q", "-b", "main")
    commit(
        tmp_path,
        {
            "train.py": block(text, "python", "# train.py"),
            "repro.toml": block(text, "toml", "# repro.toml"),
            "points.csv": BASE,
            "params.toml": "alpha = 1\n",
            ".gitignore": "out/\n.repro/\n",
        },
    )
    git(tmp_path, "switch", "-qc", "topic")
    commit(tmp_path, {"points.csv": f"{BASE}4,2\n", "params.toml": "alpha = 5\n"})
    done = repro(tmp_path, "explain", "--against", "main", "--counterfactual", "-q")
    printed = done.stdout.replace(git(tmp_path, "rev-parse", "main")[:12], "4f1d0c2a9b7e")
    expected = block(text, "text", "line: since main")
    assert re.sub(r", [\d.]+ m?s$", "", expected.strip()) == re.sub(r", [\d.]+ m?s$", "", printed.strip())
    assert (0, "") == (done.returncode, done.stderr)
