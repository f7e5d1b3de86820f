# SPDX-License-Identifier: Apache-2.0
"""What each format that repro reads obeys, on files that the real libraries wrote (tests/formats/writers)."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
from formats.case import DATA, Case
from formats.cases import CASES
from formats.damage import bits, cuts, flips
from formats.laws import differing, lines, read
from required import absent

from bench.format_limits import limits_table
from repro_action.compare.elements import compare_elements
from repro_action.errors import ArtifactUnreadable
from repro_action.readers.protocol import BytesSource, FileSource, Limits, ReadContext
from repro_action.readers.whole import largest, whole

_LEAF = 64
"""Bytes of a leaf whose bits are flipped."""


def cases(*, verbatim: bool = False):
    return pytest.mark.parametrize(
        "case", [pytest.param(case, id=case.name) for case in CASES if case.verbatim or not verbatim]
    )


@pytest.fixture(autouse=True)
def _ready(request):
    case = getattr(getattr(request.node, "callspec", None), "params", {}).get("case")
    if case is not None and not case.ready:
        absent(case.needs, f"needs {case.needs}")


@cases()
def test_the_same_content_written_twice_is_one_tree(case: Case):
    one, two, _ = map(read, case.files)
    assert (case.format, "") == (one.format, one.reason)
    assert [] == differing(one, two)
    assert one.root == two.root
    assert set(case.rules) == {entry.rule for entry in (*one.excluded, *two.excluded)}


@cases()
def test_a_change_names_its_leaf_and_no_other(case: Case):
    one, _, changed = map(read, case.files)
    assert case.changed == tuple(differing(one, changed))
    if case.magnitude:
        before, after = map(lines, (one, changed))
        found = compare_elements(before[case.changed[0]], after[case.changed[0]])
        assert found is not None
        assert 1 == found.max_ulp


@cases(verbatim=True)
def test_every_byte_of_the_weights_is_content(case: Case, tmp_path: Path):
    """Where the leaf lies in the file as it is digested, each bit of it names the leaf."""
    whole = read(case.files[2])
    payload = lines(whole)[case.changed[0]].payload
    assert payload is not None
    content = b"".join(payload.chunks(1 << 20))[:_LEAF]
    for damaged in bits(case.files[2], tmp_path, content):
        assert case.changed[0] in differing(whole, read(damaged))


@cases()
def test_what_is_cut_off_is_never_the_whole(case: Case, tmp_path: Path):
    whole = read(case.files[0])
    for damaged in cuts(case.files[0], tmp_path):
        assert read(damaged).root != whole.root


@cases()
def test_a_flipped_bit_is_seen_or_the_containers(case: Case, tmp_path: Path):
    whole = read(case.files[0])
    same = sum(
        read(damaged).root == whole.root
        for damaged in flips(case.files[0], tmp_path, case.flips, random.Random(7))
    )
    assert same <= case.slack * case.flips


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


def test_every_file_of_the_data_belongs_to_a_case():
    assert sorted(case.name for case in CASES) == sorted(folder.name for folder in DATA.iterdir())


def test_the_documentation_has_every_format():
    page = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
    assert [] == [case.title for case in CASES if f"| {case.title} |" not in page]
    assert limits_table() in page


@pytest.mark.parametrize("copies", [1, 3, 4, 8, 12])
def test_the_table_of_sizes_tells_where_reading_stops(copies: int, tmp_path: Path):
    context = ReadContext(limits=Limits(memory=1000))
    for on_disk in (True, False):
        most = largest(context.limits, copies, on_disk=on_disk)
        for size, fits in ((most, True), (most + 1, False)):
            (tmp_path / "a").write_bytes(bytes(size))
            source = FileSource(tmp_path / "a") if on_disk else BytesSource("a", bytes(size))
            with nullcontext() if fits else pytest.raises(ArtifactUnreadable, match="too large to be read"):
                whole(source, context, copies=copies)
