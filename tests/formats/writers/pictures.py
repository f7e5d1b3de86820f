# SPDX-License-Identifier: Apache-2.0
"""Pictures and papers."""

from __future__ import annotations

import numpy as np
from driver import main, second, writes
from PIL import Image


def picture(change):
    x, y = np.meshgrid(np.arange(24), np.arange(16))
    pixels = np.stack([x * 8, y * 8, (x + y) * 4], axis=-1).astype("u1")
    if change:
        pixels[3, 5] = (255, 0, 0)
    return Image.fromarray(pixels)


@writes("png", "plot.png")
def _(path, change):
    picture(change).save(path, compress_level=1 if second() else 9)


@writes("jpeg", "plot.jpg")
def _(path, change):
    exif = Image.Exif()
    exif[0x0132] = "2026:11:30 00:00:00" if second() else "2026:11:29 00:00:00"
    picture(change).save(path, quality=90, exif=exif, optimize=second())


@writes("webp", "plot.webp")
def _(path, change):
    picture(change).save(path, lossless=True, quality=10 if second() else 100)


@writes("gif", "plot.gif")
def _(path, change):
    frames = [picture(change), picture(False).transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    frames[0].save(
        path, save_all=True, append_images=frames[1:], duration=100, comment=b"two" if second() else b"one"
    )


@writes("tiff", "plot.tiff")
def _(path, change):
    picture(change).save(path, compression="tiff_lzw" if second() else "raw")


@writes("tiff-samples", "scan.tiff")
def _(path, change):
    import tifffile

    scan = (np.random.default_rng(4).integers(-900, 900, size=(40, 33, 3)).cumsum(axis=0) % 65536).astype(
        "u2"
    )
    if change:
        scan[20, 7, 1] += 1
    ways = {"bigtiff": True, "byteorder": ">", "compression": "lzw", "tile": (16, 32)}
    tifffile.imwrite(
        path, scan, photometric="rgb", **(ways if second() else {"compression": "zlib", "predictor": True})
    )


@writes("bmp", "plot.bmp")
def _(path, change):
    picture(change).save(path)


def figure(change):
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    drawn, axes = plt.subplots(figsize=(2, 2))
    axes.plot([0, 1, 2], [0, 1, 1.5 if change else 1.4], marker="o")
    axes.fill_between([0, 1, 2], [0, 1, 1], hatch="/")
    return drawn


@writes("matplotlib-svg", "plot.svg")
def _(path, change):
    figure(change).savefig(path)


@writes("matplotlib-pdf", "plot.pdf")
def _(path, change):
    figure(change).savefig(path)


@writes("matplotlib-png", "plot.png")
def _(path, change):
    figure(change).savefig(path, metadata={"Software": "other"} if second() else None)


@writes("plotly", "plot.html")
def _(path, change):
    import plotly.graph_objects as go

    drawn = go.Figure(go.Scatter(x=[0, 1, 2], y=[0, 1, 1.5 if change else 1.4]))
    drawn.update_layout(template=None)
    drawn.write_html(path, include_plotlyjs="cdn")


@writes("bokeh", "plot.html")
def _(path, change):
    from bokeh import plotting, resources

    plotting.output_file(path, title="t")
    drawn = plotting.figure(width=200, height=200)
    drawn.line([0, 1, 2], [0, 1, 1.5 if change else 1.4])
    plotting.save(drawn, filename=str(path), resources=resources.CDN, title="t")


@writes("pillow-pdf", "page.pdf")
def _(path, change):
    picture(change).save(path)


if __name__ == "__main__":
    main()
