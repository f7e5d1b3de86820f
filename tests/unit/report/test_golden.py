# SPDX-License-Identifier: Apache-2.0
"""What each medium makes of each case, to the letter."""

from __future__ import annotations

import pytest

from repro_action.report.json import report as json_report
from repro_action.report.render.html import report as page
from repro_action.report.render.markdown import report as markdown
from repro_action.report.render.terminal import report as terminal


@pytest.mark.all_cases_but("huge")  # whose JSON has more than a megabyte; test_json_report reads it back
def test_json_is_golden(report, check_golden):
    check_golden("report.json", json_report.dump(report))


def test_markdown_is_golden(report, check_golden):
    check_golden("expected.md", markdown.render(report))


def test_terminal_text_is_golden(report, check_golden):
    check_golden("expected.txt", terminal.render(report, width=100))


@pytest.mark.cases("changed_params", "drifted_flaky")  # the others have no part that is not on these
def test_the_page_is_golden(report, check_golden):
    """Without its style sheet and policy, which every page shares."""
    whole = page.render(report)
    check_golden("expected.html", whole[whole.index("<body>") : whole.index("</body>")])
