# SPDX-License-Identifier: Apache-2.0
"""The site of all models as pictures: on a telephone and a desk, light and dark."""

import subprocess

import pytest
from history_repository import build
from look.photograph import QUIET, browser
from required import absent

from repro_action.flows.history import HistoryQuery, repository_history
from repro_action.progress import Silent
from repro_action.report.render.html.site.pages import site_files


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    root = build(tmp_path_factory.mktemp("look") / "models").root
    history = repository_history(root, HistoryQuery(), Silent())
    return {file.path: file.text for file in site_files(history)}


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("path", ["index.html", "models/models-wine.html"])
def test_a_page_fills_its_width_in_both_themes(pages, path, width, tmp_path):
    if not browser():
        absent("browser", "chromium is not installed")
    from PIL import Image

    source = tmp_path / "page.html"
    source.write_text(pages[path], encoding="utf-8")
    grounds = []
    for theme in (0, 1):  # dark, light
        picture = tmp_path / f"{theme}.png"
        command = [
            browser(), *QUIET, f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={width},2400",
            f"--blink-settings=preferredColorScheme={theme}", f"--screenshot={picture}", source.as_uri(),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        with Image.open(picture) as opened:
            image = opened.convert("RGB")
        assert width == image.width
        assert len(image.getcolors(1 << 20)) > 20
        grounds.append(image.getpixel((width - 1, 5)))
        # Nothing is wider than the window: its last columns are ground from top to bottom.
        edge = image.crop((width - 4, 0, width, image.height))
        assert [grounds[-1]] == [colour for _, colour in edge.getcolors()]
    assert sum(grounds[0]) < 150 < 700 < sum(grounds[1])
