# SPDX-License-Identifier: Apache-2.0
"""The page of a report as a browser shows it: narrow and wide, light and dark, with nothing cut off."""

from __future__ import annotations

import re
import subprocess

import pytest
from golden.report.cases import CASES
from look.photograph import QUIET, browser
from required import absent

from repro_action.report.render.html.report import render

CASES_SEEN = ("changed_params", "drifted_flaky", "failed_step")
THEMES = {"light": 1, "dark": 0}


def needs_browser() -> None:
    if not browser():
        absent("browser", "chromium is not installed")


def photographed(page, picture, scratch, *, width, theme):
    source = scratch / "page.html"
    source.write_text(page, encoding="utf-8")
    command = [
        browser(), *QUIET, f"--user-data-dir={scratch / 'profile'}", f"--window-size={width},1600",
        f"--blink-settings=preferredColorScheme={THEMES[theme]}", f"--screenshot={picture}", source.as_uri(),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [500, 1280])
def test_a_page_follows_the_theme_of_its_reader(theme, width, tmp_path):
    needs_browser()
    from PIL import Image

    picture = tmp_path / "page.png"
    photographed(render(CASES["changed_params"]), picture, tmp_path, width=width, theme=theme)
    with Image.open(picture) as opened:
        image = opened.convert("RGB")
    assert width == image.width
    ground = image.getpixel((2, 2))
    assert (min(ground) > 230) if theme == "light" else (max(ground) < 40)
    assert len(image.getcolors(1 << 24)) > 100


WIDE = """<script>
for (const width of [375, 1280]) {
  const frame = document.createElement("iframe");
  frame.width = width; frame.height = 800;
  frame.srcdoc = PAGE;
  frame.onload = () => {
    const root = frame.contentDocument.documentElement;
    document.body.insertAdjacentHTML("beforeend", `<i>${width}:${root.scrollWidth}</i>`);
  };
  document.body.append(frame);
}
</script>"""


@pytest.mark.parametrize("case", CASES_SEEN)
def test_no_part_is_wider_than_the_window(case, tmp_path):
    """A headless window is never narrower than 500 pixels; a frame in it is."""
    needs_browser()
    import json

    page = json.dumps(render(CASES[case])).replace("</", "<\\/")
    source = tmp_path / "frames.html"
    text = f"<!doctype html><meta charset=utf-8><body>{WIDE.replace('PAGE', page)}</body>"
    source.write_text(text, encoding="utf-8")
    command = [
        browser(), *QUIET, f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=8000",
        "--dump-dom", source.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    found = dict(re.findall(r"<i>(\d+):(\d+)</i>", done.stdout))
    assert {"375", "1280"} == set(found)
    assert {width: seen for width, seen in found.items() if int(seen) > int(width)} == {}
