# SPDX-License-Identifier: Apache-2.0
"""What each medium makes of each case, to the letter."""

from __future__ import annotations

import pytest

from repro_action.report.json import report as json_report
from repro_action.report.render.html import report as page
from repro_action.report.render.markdown import report as markdown
from repro_action.report.render.terminal import report as terminal


def test_json_is_golden(case, report, check_golden):
    if case == "huge":
        pytest.skip("its JSON has more than a megabyte; test_json_report reads it back")
    check_golden("report.json", json_report.dump(report))


def test_markdown_is_golden(report, check_golden):
    check_golden("expected.md", markdown.render(report))


def test_terminal_text_is_golden(report, check_golden):
    check_golden("expected.txt", terminal.render(report, width=100))


PAGES = {"changed_params", "drifted_flaky"}
"""Cases of which the page is written out."""


def test_the_page_is_golden(case, report, check_golden):
    """Without its style sheet and policy, which every page shares."""
    if case not in PAGES:
        pytest.skip("its parts are on the pages of other cases")
    whole = page.render(report)
    check_golden("expected.html", whole[whole.index("<body>") : whole.index("</body>")])
