# SPDX-License-Identifier: Apache-2.0
"""Pictures and papers."""

from __future__ import annotations

from formats.case import Case

DATA_SOURCE = (
    "figures[0]['id-2']['roots'][0]['attributes']['renderers'][0]['attributes']['data_source']"
    "['attributes']['data']['entries'][1][1]"
)
CASES = (
    Case(name="png", title="PNG", format="png", changed=("pixels",), magnitude=False, slack=0.05),
    Case(
        name="jpeg",
        title="JPEG",
        format="jpeg",
        changed=("pixels",),
        rules=("picture-metadata",),
        magnitude=False,
        slack=0.8,
    ),
    Case(
        name="webp",
        title="WebP",
        format="webp",
        changed=("pixels",),
        rules=("picture-metadata",),
        magnitude=False,
        slack=0.2,
    ),
    Case(
        name="gif",
        title="GIF",
        format="gif",
        changed=("frames[0]",),
        rules=("picture-metadata",),
        magnitude=False,
        slack=0.05,
    ),
    Case(
        name="tiff",
        title="TIFF",
        format="tiff",
        changed=("pixels",),
        rules=("picture-metadata",),
        magnitude=False,
        slack=0.15,
        verbatim=True,
    ),
    Case(
        name="tiff-samples",
        title="TIFF of 16 bits a sample, BigTIFF (tifffile)",
        format="tiff",
        changed=("pixels",),
        rules=("picture-metadata",),
        magnitude=False,
        slack=0.2,
    ),
    Case(
        name="bmp",
        title="BMP",
        format="bmp",
        changed=("pixels",),
        rules=("picture-metadata",),
        magnitude=False,
        slack=0.05,
    ),
    Case(
        name="matplotlib-svg",
        title="SVG (Matplotlib)",
        format="svg",
        changed=("text",),
        rules=("svg-date", "svg-ids"),
        magnitude=False,
        slack=0.05,
        verbatim=True,
    ),
    Case(
        name="matplotlib-pdf",
        title="PDF (Matplotlib)",
        format="pdf",
        changed=("object[9].stream",),
        rules=("pdf-dates",),
        magnitude=False,
        slack=0.15,
    ),
    Case(
        name="matplotlib-png",
        title="PNG (Matplotlib)",
        format="png",
        changed=("pixels",),
        rules=("png-metadata",),
        magnitude=False,
        slack=0.05,
    ),
    Case(
        name="pillow-pdf",
        title="PDF (Pillow)",
        format="pdf",
        changed=("object[5].stream",),
        rules=("pdf-dates",),
        magnitude=False,
        slack=0.1,
        verbatim=True,
    ),
    Case(
        name="plotly",
        title="Plotly HTML",
        format="html",
        changed=("figures[0]['data'][0]['y']",),
        rules=("html-ids",),
        magnitude=False,
        slack=0.05,
    ),
    Case(
        name="bokeh",
        title="Bokeh HTML",
        format="html",
        changed=(DATA_SOURCE,),
        rules=("html-ids",),
        magnitude=False,
        slack=0.05,
    ),
)
