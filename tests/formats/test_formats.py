# SPDX-License-Identifier: Apache-2.0
"""What each format that repro reads obeys, on files that the real libraries wrote (tests/formats/writers)."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from formats.cases import CASES, Case
from formats.damage import bits, cuts, flips
from formats.laws import differing, lines, read

from repro_action.compare.elements import compare_elements

FLIPS = 48
"""Flipped bits of each file; `python -m bench.formats` flips a thousand."""

_LEAF = 64
"""Bytes of a leaf whose bits are flipped."""


def case_parameters(cases=CASES):
    return [
        pytest.param(
            case, id=case.name, marks=pytest.mark.skipif(not case.ready, reason=f"needs {case.needs}")
        )
        for case in cases
    ]


@pytest.mark.parametrize("case", case_parameters())
def test_the_same_content_written_twice_is_one_tree(case: Case):
    one, two, _ = map(read, case.files)
    assert (case.format, "") == (one.format, one.reason)
    assert [] == differing(one, two)
    assert one.root == two.root
    assert set(case.rules) == {entry.rule for entry in (*one.excluded, *two.excluded)}


@pytest.mark.parametrize("case", case_parameters())
def test_a_change_names_its_leaf_and_no_other(case: Case):
    one, _, changed = map(read, case.files)
    assert case.changed == tuple(differing(one, changed))
    if case.magnitude:
        before, after = map(lines, (one, changed))
        found = compare_elements(before[case.changed[0]], after[case.changed[0]])
        assert found is not None
        assert 1 == found.max_ulp


@pytest.mark.parametrize("case", case_parameters())
def test_every_byte_of_the_weights_is_content(case: Case, tmp_path: Path):
    """Where the leaf lies in the file as it is digested, each bit of it names the leaf."""
    leaf = lines(read(case.files[2])).get(case.changed[0])
    content = b"".join(leaf.payload.chunks(1 << 20)) if leaf is not None and leaf.payload is not None else b""
    whole = read(case.files[2])
    for damaged in bits(case.files[2], tmp_path, content[:_LEAF]):
        assert case.changed[0] in differing(whole, read(damaged))


@pytest.mark.parametrize("case", case_parameters())
def test_what_is_cut_off_is_never_the_whole(case: Case, tmp_path: Path):
    whole = read(case.files[0])
    for damaged in cuts(case.files[0], tmp_path):
        assert read(damaged).root != whole.root


@pytest.mark.parametrize("case", case_parameters())
def test_a_flipped_bit_is_seen_or_the_containers(case: Case, tmp_path: Path):
    whole = read(case.files[0])
    same = sum(
        read(damaged).root == whole.root
        for damaged in flips(case.files[0], tmp_path, FLIPS, random.Random(7))
    )
    assert same <= case.slack * FLIPS


READ_ALL = """
import sys
from formats.cases import CASES
from formats.laws import read
from repro_action.readers import read_source
from repro_action.readers.protocol import BytesSource, ReadContext
for case in CASES:
    file = case.files[0]
    found = [read(file)] if case.ready else []
    if file.is_file():
        data = file.read_bytes()
        context = ReadContext(nest=read_source)
        found += [read_source(BytesSource(file.name, data[: len(data) * size // 4]), context) for size in (1, 2, 3)]
    for tree in found:
        print(case.name, tree.format, tree.root.digest, tree.reason, tree.excluded)
"""


def test_what_is_read_is_the_same_in_another_process():
    """No hash seed and no address in memory is in a tree, its reason, or what is left out."""
    paths = os.pathsep.join([str(Path(__file__).parents[1]), str(Path(__file__).parents[2])])
    one, two = (
        subprocess.run(
            [sys.executable, "-c", READ_ALL],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": paths},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.splitlines()
        for seed in ("1", "2")
    )
    assert len(CASES) <= len(one)
    assert one == two


def test_the_documentation_has_every_format():
    page = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
    assert [] == [case.title for case in CASES if f"| {case.title} |" not in page]
