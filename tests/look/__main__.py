# SPDX-License-Identifier: Apache-2.0
"""`PYTHONPATH=tests python -m look`: photographs the comment for the README, light and dark.

With arguments, `python -m look FOLDER CASE…`: photographs golden comments into a folder, folded and unfolded.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from golden.comment.cases import CASES_OF_COMMENTS
from look.page import page
from look.photograph import photograph

from repro_action.report.render.markdown import comment

DOCS = Path(__file__).parents[2] / "docs"
NAMES = {"light": "comment.png", "dark": "comment-dark.png"}
THEMES = tuple(NAMES)


def shoot(case: str, picture: Path, theme: str, *, width: int = 800, **how: bool) -> None:
    """Photograph one golden comment at a width in pixels."""
    value = CASES_OF_COMMENTS[case]
    body = comment.render(value.bundle, value.context, budget=value.budget)
    with tempfile.TemporaryDirectory() as scratch:
        photograph(page(body, theme, width=width, **how), picture, scratch=Path(scratch), width=width)


def main() -> None:
    """Photograph what is asked for, or what the README shows."""
    parser = argparse.ArgumentParser(prog="look", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="default: the pictures of the README")
    parser.add_argument("cases", nargs="*", metavar="CASE", choices=[*CASES_OF_COMMENTS, []])
    parser.add_argument("--width", type=int, nargs="+", default=[800], help="pixels, such as a phone's 390")
    asked = parser.parse_args()
    if asked.folder is None:
        for theme, name in NAMES.items():
            shoot("changed", DOCS / name, theme)
        return
    asked.folder.mkdir(parents=True, exist_ok=True)
    for case in asked.cases or CASES_OF_COMMENTS:
        for theme in THEMES:
            for width in asked.width:
                shoot(case, asked.folder / f"{case}-{width}-{theme}.png", theme, width=width)
            shoot(case, asked.folder / f"{case}-{theme}-open.png", theme, opened=True, drawn=True)


main()
