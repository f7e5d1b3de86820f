# SPDX-License-Identifier: Apache-2.0
"""What is drawn of values: pictures inside the page, matrices as tables, the lineage as a drawing."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace

import pytest
from golden.report.cases import CASES
from html_dom import PageDom

from repro_action.noise.margin import NoiseMargin
from repro_action.report.model import Pair, Trend
from repro_action.report.render.html.extras import (
    ArrayPlot,
    MatrixPair,
    PageExtras,
    PictureTriple,
    StageCard,
    StageFile,
)
from repro_action.report.render.html.lineage import NODES, lineage_drawing
from repro_action.report.render.html.png import png
from repro_action.report.render.html.report import render

EVIL = '"><script>alert(1)</script>\u202e'
RED = png(b"\xff\0\0" * 12, 4, 3)


def card(name: str, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> StageCard:
    return StageCard(
        name=name,
        command=("python", f"{name}.py", "a b"),
        state="1.2 s",
        inputs=tuple(StageFile(path=path, role="code", digest="blake3:ab") for path in inputs),
        params=(("params.toml: C", "1.0"),),
        outputs=tuple(StageFile(path=path, role="product", changed=True) for path in outputs),
        metrics=(("accuracy", "0.9"),),
    )


def extras(text: str) -> PageExtras:
    return PageExtras(
        plots=(
            ArrayPlot(artifact=text, leaf=text, before=(1.0, 2.0), after=(1.0, 3.0), elements=2),
            ArrayPlot(
                artifact=text, leaf="", before=(1.0,) * 20, after=(2.0,) * 20, bins=(0.0, 1.0), elements=40
            ),
        ),
        pictures=(
            PictureTriple(artifact=text, before=RED, after=RED, difference=RED, width=4, height=3, note=text),
        ),
        matrices=(MatrixPair(name=text, before=((5.0, 1.0), (0.0, 6.0)), after=((4.0, 2.0), (0.0, 6.0))),),
        left_out=(text,),
        cards=(card(text, (text,), (f"out/{text}",)), card("train", (f"out/{text}",), ("m",))),
        environment=(Pair(name=text, before=text, after="2"), Pair(name="b", before="1", after="1")),
    )


def test_hostile_values_become_no_structure():
    plain, evil = (PageDom.of(render(CASES["changed_params"], extras(text))) for text in ("plain", EVIL))
    assert plain.names == evil.names
    assert [{*each} for _, each in plain.elements] == [{*each} for _, each in evil.elements]
    assert [] == evil.misplaced == evil.within
    assert not any("\u202e" in text for text in evil.texts)


def test_pictures_are_inside_the_page_and_have_a_text():
    dom = PageDom.of(render(CASES["changed_params"], extras("out/a.png")))
    pictures = [found for name, found in dom.elements if name == "img"]
    assert ["out/a.png, before", "out/a.png, after"] == [found["alt"] for found in pictures[:2]]
    assert pictures[2]["alt"].startswith("out/a.png, difference: red where pixels differ")
    for found in pictures:
        head, data = found["src"].split(",", 1)
        assert "data:image/png;base64" == head
        assert RED == base64.b64decode(data)


def test_a_matrix_says_what_changed():
    page = render(CASES["changed_params"], extras("x"))
    (table,) = re.findall(r'<table class="matrix">.*?</table>', page, re.DOTALL)
    assert ["4", "2", "0", "6"] == re.findall(r'<td class="q\d">(\d+)', table)
    assert ["-1", "+1"] == re.findall(r"<small>([^<]+)</small>", table)


def test_steps_are_one_layer_behind_what_they_read():
    drawing = lineage_drawing((card("prepare", ("a.py",), ("x",)), card("train", ("x", "b.py"), ("m",))))
    places = {name: int(x) for x, name in re.findall(r'<text class="[^"]*" x="(\d+)"[^>]*>([^<]+)<', drawing)}
    assert places["a.py"] < places["prepare"] < places["≠ x"] < places["train"] < places["≠ m"]
    assert places["b.py"] == places["≠ x"]


def test_a_lineage_that_nobody_could_look_at_is_not_drawn():
    cards = [card(f"s{number}", (f"i{number}",), (f"o{number}",)) for number in range(NODES)]
    assert "" == lineage_drawing(cards)
    assert "" == lineage_drawing(())


def test_a_png_is_read_by_others():
    from PIL import Image

    with Image.open(io.BytesIO(png(bytes(range(24)), 4, 2))) as image:
        assert (4, 2) == image.size
        assert (3, 4, 5) == image.getpixel((1, 0))
        assert bytes(range(24)) == image.tobytes()


def test_a_png_of_too_few_bytes_is_refused():
    with pytest.raises(ValueError, match="are not 4 x 3 pixels"):
        png(b"", 4, 3)


def test_seed_noise_is_a_band_and_a_word():
    report = CASES["changed_params"]
    row = report.claim.metrics[0]
    noise = NoiseMargin(count=20, mean=0.93, deviation=0.01, sigmas=0.7, bar=2.1)
    claim = replace(report.claim, metrics=(replace(row, noise=noise), *report.claim.metrics[1:]))
    trend = Trend(file=row.file, name=row.name, goal=row.goal, values=(0.92, 0.93, 0.94))
    page = render(replace(report, claim=claim, trends=(trend,)))
    assert 'class="band"' in page
    assert "0.7 \N{GREEK SMALL LETTER SIGMA}" in page
    assert "two standard deviations of seed noise" in page
    stale = replace(claim, metrics=(replace(row, noise=replace(noise, stale=True)),))
    page = render(replace(report, claim=stale, trends=(trend,)))
    assert 'class="band"' not in page
    assert "repro calibrate" in page


def test_five_hundred_artifacts_and_ten_thousand_leaves_are_less_than_two_megabytes():
    report = CASES["changed_params"]
    first = report.claim.artifacts[0]
    leaves = tuple(replace(first.leaves[0], path=f"steps[1][1].estimators_[{i}].coef_") for i in range(20))
    artifacts = tuple(
        replace(first, path=f"out/folds/fold_{i:03d}/model.joblib", leaves=leaves, leaf_count=20, hidden=0)
        for i in range(500)
    )
    page = render(replace(report, claim=replace(report.claim, artifacts=artifacts), change=None))
    assert 10_000 == page.count("of 39 elements")
    assert 500 == page.count('<details class="artifact"')
    assert len(page.encode()) < 2_000_000
