# SPDX-License-Identifier: Apache-2.0
"""A badge is one small SVG that says what was found, whatever a model is called."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from repro_action.report.model import Flavour, Report
from repro_action.report.render.badge import _COLOURS, _LABEL, badge
from repro_action.verdict import Verdict

SVG = "{http://www.w3.org/2000/svg}"


def made(name="wine", verdict=Verdict.REPRODUCED, **changes):
    return badge(Report(tool="1.0", name=name, verdict=verdict, headline="", **changes))


def texts(svg):
    return [one.text for one in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("verdict", Verdict)
def test_it_says_the_model_and_the_verdict_and_has_a_title(verdict):
    svg = made(verdict=verdict)
    root = ET.fromstring(svg)
    said = verdict.value.replace("_", " ")
    assert ["wine", said] == texts(svg)
    assert f"wine: {said}" == root.findtext(f"{SVG}title") == root.get("aria-label")
    assert "img" == root.get("role")
    assert svg == made(verdict=verdict)


def test_a_flavour_is_part_of_the_verdict():
    assert "drifted (flaky)" == texts(made(verdict=Verdict.DRIFTED, flavour=Flavour.FLAKY))[1]


@pytest.mark.parametrize(
    "name",
    [
        '"/><script>alert(1)</script>',
        "</text></svg><svg onload=x>",
        "a & b ' c",
        "]]>",
        "\ud800\ufffe\x00\x1b[31m",
        "{width}",
        "w" * 500,
        "\u202ereversed",
        "",
    ],
)
def test_a_name_is_text_and_nothing_else(name):
    root = ET.fromstring(made(name).encode())
    tags = [one.tag.removeprefix(SVG) for one in root.iter()]
    assert ["svg", "title", "rect", "path", "g", "text", "text"] == tags
    assert {"width", "height", "role", "aria-label"} == set(root.attrib)
    assert len(made(name)) < 2_000


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", [*_COLOURS.values(), _LABEL])
def test_white_text_can_be_read_on_each_colour(colour):
    """WCAG 2.1, level AA: a contrast of 4.5."""
    assert 1.05 / (luminance(colour) + 0.05) >= 4.5


@pytest.mark.parametrize("verdict", [Verdict.REPRODUCED, Verdict.CHANGED])
def test_the_documentation_shows_what_is_drawn(verdict, request):
    path = Path(__file__).parents[4] / "docs" / f"badge-{verdict.value}.svg"
    if request.config.getoption("--update-golden", default=False):
        path.write_text(made(verdict=verdict), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == made(verdict=verdict)
