# SPDX-License-Identifier: Apache-2.0
"""What each medium makes of each probe, to the letter; `--update-golden` writes it anew."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from golden.probe.cases import CASES

from repro_action.report.json import probe as probe_json
from repro_action.report.render.markdown import probe as probe_markdown
from repro_action.report.render.terminal import probe as probe_terminal
from repro_action.report.render.terminal.style import console

GOLDEN = Path(__file__).parents[2] / "golden" / "probe"


class _Terminal(io.StringIO):
    def isatty(self):
        return True


def coloured(report):
    stream = _Terminal()
    shown = console(stream, colour=True)
    # Whoever runs the tests may have a terminal of another width, or of fewer colours.
    shown.width = 100
    probe_terminal.show(report, shown)
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines())


MEDIA = {
    "expected.txt": lambda report: probe_terminal.render(report, width=100),
    "expected.ansi": coloured,
    "expected.md": probe_markdown.render,
    "report.json": probe_json.dump,
}


@pytest.mark.parametrize("name", MEDIA)
@pytest.mark.parametrize("probe", sorted(set(CASES) - {"huge"}))
def test_each_medium_is_golden(probe, name, request, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("COLORTERM", raising=False)
    actual = MEDIA[name](CASES[probe])
    path = GOLDEN / probe / name
    if request.config.getoption("--update-golden", default=False):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(actual, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == actual
