# SPDX-License-Identifier: Apache-2.0
"""A page → a picture, by a browser without a window."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

HEIGHT = 6_000
"""Rows of the window; what is empty below is cut."""

QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)


def browser() -> str:
    """Return a browser's program; empty where there is none."""
    return next((found for name in ("chromium", "google-chrome") if (found := shutil.which(name))), "")


def photograph(page: str, picture: Path, *, scratch: Path, width: int = 800) -> None:
    """Write a PNG of a page, cut to what it shows.

    Args:
        page: HTML.
        picture: where to.
        scratch: an empty folder for the browser's own files.
        width: columns of the window.
    """
    source = scratch / "page.html"
    source.write_text(page, encoding="utf-8")
    command = [
        browser(), *QUIET, f"--user-data-dir={scratch / 'profile'}", f"--window-size={width},{HEIGHT}",
        "--virtual-time-budget=4000", f"--screenshot={picture}", source.as_uri(),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    _cut(picture)


def _cut(picture: Path) -> None:
    """Cut the empty rows below, and keep 256 colours: a page needs no more."""
    from PIL import Image, ImageChops

    with Image.open(picture) as opened:
        image = opened.convert("RGB")
    ground = Image.new("RGB", image.size, image.getpixel((image.width - 1, image.height - 1)))
    box = ImageChops.difference(image, ground).getbbox() or (0, 0, 1, 1)
    kept = image.crop((0, 0, image.width, min(box[3] + 16, image.height)))
    kept.quantize(256, dither=Image.Dither.NONE).save(picture, optimize=True)
