# SPDX-License-Identifier: Apache-2.0
"""Which listings stand in a report."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro_action.observation import Observation, ObservationKind
from repro_action.report.build.listings import without_sorted

ORDERED = {
    "sorted": "for p in sorted(glob.glob('data/*.csv')):\n    save(p)",
    "sorted later": "names = glob.glob('data/*.csv')\nnames.sort()\nsave(names)",
    "only counted": "n = len(glob.glob('data/*.csv'))\nsave(n)",
    "over several lines": "names = sorted(\n    glob.glob('data/*.csv'),\n)",
}
AS_IT_COMES = {
    "unsorted": "for p in glob.glob('data/*.csv'):\n    save(p)",
    "one of two": "save(sorted(glob.glob('a/*')), glob.glob('b/*'))",
    "a library's": "save(load('data'))",
    "no Python": "for p in sorted(glob.glob('data/*.csv'):",
    "too large": "for p in sorted(glob.glob('data/*.csv')):\n    save(p)\n" + "#" * 200_000,
}


def listing(line: int, file: str = "train.py") -> Observation:
    return Observation(
        kind=ObservationKind.LISTING, what="glob.glob()", file=file, line=line, detail="data/*.csv"
    )


def reported(root: Path, text: str, *lines: int) -> tuple[Observation, ...]:
    (root / "train.py").write_text(f"import glob\n{text}\n")
    return without_sorted(root, ("train.py",), map(listing, lines))


@pytest.mark.parametrize("name", ORDERED)
def test_a_listing_that_is_used_in_order_is_not_reported(tmp_path, name):
    line = 3 if "several" in name else 2
    assert () == reported(tmp_path, ORDERED[name], line)


@pytest.mark.parametrize("name", AS_IT_COMES)
def test_a_listing_that_is_not_known_to_be_in_order_is_reported(tmp_path, name):
    assert (listing(2),) == reported(tmp_path, AS_IT_COMES[name], 2)


def test_of_two_lines_only_the_unsorted_one_is_reported(tmp_path):
    text = "a = sorted(glob.glob('a/*'))\nb = glob.glob('b/*')\nsave(a, b)"
    assert (listing(3), listing(9)) == reported(tmp_path, text, 2, 3, 9)


@pytest.mark.parametrize("file", ["", "gone.py", "../train.py", "a\0b.py", "notebook.ipynb"])
def test_a_listing_of_a_file_that_cannot_be_read_is_reported(tmp_path, file):
    assert (listing(2, file),) == without_sorted(tmp_path, ("gone.py",), [listing(2, file)])


def test_what_is_no_listing_is_reported_though_it_stands_in_the_same_line(tmp_path):
    (tmp_path / "train.py").write_text("import glob\nx = sorted(glob.glob('*'), key=lambda p: time())\n")
    clock = Observation(kind=ObservationKind.CLOCK, what="time.time()", file="train.py", line=2)
    assert (clock,) == without_sorted(tmp_path, (), [listing(2), clock])


def test_a_function_is_followed_to_the_files_that_call_it(tmp_path):
    (tmp_path / "names.py").write_text("import glob\n\ndef names():\n    return glob.glob('*')\n")
    seen = [listing(4, "names.py")]
    for line, kept in (("sorted(names())", ()), ("list(names())", tuple(seen))):
        (tmp_path / "train.py").write_text(f"from names import names\nsave({line})\n")
        assert kept == without_sorted(tmp_path, ("names.py", "train.py"), seen)
