# SPDX-License-Identifier: Apache-2.0
"""Data for the planted scripts: small, as text or from integers, the same on every machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

CITIES = ("Aarhus", "Bergen", "Cadiz", "Delft", "Evora", "Florence", "Ghent")
HEATING = ("gas", "oil", "wood", "pump", "none", "solar")
_TEXT = (
    "the room was clean and quiet but breakfast came late staff friendly view wonderful bed hard price fair "
    "location central noise street shower cold again never perfect small large window garden parking towels "
    "coffee good bad ugly lovely tired carpet lift broken pool warm sunny rainy"
)
WORDS = tuple(_TEXT.split())


def numbers(seed: int) -> Iterator[int]:
    """Yield integers below 2**31 from a linear congruential generator, ISO C's example."""
    state = seed
    while True:
        state = (state * 1103515245 + 12345) % 2**31
        yield state >> 8


def houses(path: Path) -> None:
    """Write 140 houses; of the kinds of heating two are equally common, and some are not known."""
    draw = numbers(1)
    lines = ["area,rooms,built,distance,city,heating,price"]
    for row in range(140):
        area, rooms, built = 30 + next(draw) % 1500 / 10, 1 + next(draw) % 7, 1890 + next(draw) % 130
        distance, city = next(draw) % 4000 / 100 + 0.25, CITIES[next(draw) % len(CITIES)]
        heating = "" if row % 7 == 3 else HEATING[row % len(HEATING)]
        price = 900 * area + 7000 * rooms - 450 * distance + 120 * (built - 1890) + next(draw) % 40000 / 3
        lines.append(f"{area:.1f},{rooms},{built},{distance:.2f},{city},{heating},{price:.2f}")
    _write(path, lines)


def reviews(path: Path) -> None:
    """Write 90 reviews of five to sixteen words with one to five stars."""
    draw = numbers(2)
    lines = ["text,stars"]
    for _ in range(90):
        words = [WORDS[next(draw) % len(WORDS)] for _ in range(5 + next(draw) % 12)]
        lines.append(f"{' '.join(words)},{1 + next(draw) % 5}")
    _write(path, lines)


def events(path: Path) -> None:
    """Write 240 purchases of 20 customers, two years around midnights of many time zones."""
    draw = numbers(3)
    lines = ["time,customer,amount"]
    for _ in range(240):
        stamp = 1650000000 + next(draw) * 7 % 63000000
        lines.append(f"{stamp},customer-{next(draw) % 20:02},{next(draw) % 9000 / 100 + 1:.2f}")
    _write(path, lines)


def parts(folder: Path) -> None:
    """Write 14 tables whose sums do not come out even; ids overlap."""
    draw = numbers(4)
    folder.mkdir()
    for part in range(14):
        lines = ["id,x,y"]
        for _ in range(11):
            x = next(draw) % 100000 / 977
            lines.append(f"{next(draw) % 400},{x:.9f},{3.3 * x + next(draw) % 1000 / 31:.9f}")
        _write(folder / f"part-{part:02}.csv", lines)


def notes(folder: Path) -> None:
    """Write twelve short texts, no two of which use the same words."""
    draw = numbers(5)
    folder.mkdir()
    for note in range(12):
        words = [f"{WORDS[next(draw) % len(WORDS)]}{note % 5}" for _ in range(9)]
        _write(folder / f"note-{note}.txt", [" ".join(words)])


def classes(folder: Path) -> None:
    """Write six folders of five vectors each."""
    draw = numbers(6)
    folder.mkdir()
    for label, name in enumerate(CITIES[:6]):
        (folder / name).mkdir()
        for sample in range(5):
            vector = [label * 2 + next(draw) % 1000 / 333 for _ in range(4)]
            _write(folder / name / f"{sample}.txt", [f"{value:.6f}" for value in vector])


def points(path: Path) -> None:
    """Write 300 points of eight numbers, and labels 0 to 3 that follow from them."""
    import numpy as np

    draw = numbers(7)
    x = np.array([[next(draw) % 20000 / 9973 - 1.0 for _ in range(8)] for _ in range(300)])
    noise = np.array([next(draw) % 1000 / 1000 for _ in range(300)])
    y = ((x[:, 0] > 0).astype(np.int64) * 2 + (x[:, 1] + 0.3 * noise > 0.1)).astype(np.int64)
    np.savez(path, x=x, y=y)


def _write(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


DATA: Mapping[str, Callable[[Path], None]] = {
    "houses.csv": houses,
    "reviews.csv": reviews,
    "events.csv": events,
    "points.npz": points,
    "parts": parts,
    "notes": notes,
    "classes": classes,
}
