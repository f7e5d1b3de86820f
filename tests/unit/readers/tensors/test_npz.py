# SPDX-License-Identifier: Apache-2.0
"""NumPy's `.npz`."""

from __future__ import annotations

import io
import zipfile

import numpy as np

from repro_action.listing import flatten
from repro_action.readers import HEAD, read_source, reader_for
from repro_action.readers.arrays import array_leaf
from repro_action.readers.protocol import BytesSource, Limits, ReadContext

A, B = np.arange(6.0).reshape(2, 3), np.array(["x", "yy"])


def npz(save=np.savez, **arrays):
    file = io.BytesIO()
    save(file, **arrays)
    return file.getvalue()


def read(data, limits=None):
    return read_source(BytesSource("a.npz", data), ReadContext(nest=read_source, limits=limits or Limits()))


def test_it_is_recognized_by_its_first_member():
    data = npz(a=A)
    assert "npz" == reader_for(BytesSource("weights", data), data[:HEAD]).name
    assert "npz" == reader_for(BytesSource("empty.npz", npz()), npz()[:HEAD]).name


def test_another_zip_archive_is_declined():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "x")
    assert "zip" == reader_for(BytesSource("a.zip", file.getvalue()), file.getvalue()[:HEAD]).name


def test_each_array_is_a_leaf_under_its_name():
    assert {"['a']": array_leaf(A, ReadContext()), "['b']": array_leaf(B, ReadContext())} == flatten(
        read(npz(a=A, b=B)).root
    )


def test_compression_order_and_times_do_not_count():
    swapped = npz(np.savez_compressed, b=B, a=A)
    assert read(npz(a=A, b=B)).root == read(swapped).root


def test_large_members_equal_whatever_their_compression():
    large = np.arange(300_000.0)
    stored, packed = read(npz(a=large)), read(npz(np.savez_compressed, a=large))
    assert stored.root == packed.root
    chunks = packed.root.children[0][1].payload.chunks(1 << 20)
    assert large.tobytes() == b"".join(bytes(chunk) for chunk in chunks)


def test_one_changed_value_changes_one_leaf():
    changed = A.copy()
    changed[1, 2] += 1
    before, after = flatten(read(npz(a=A, b=B)).root), flatten(read(npz(a=changed, b=B)).root)
    assert ["['a']"] == [path for path in before if before[path] != after[path]]


def test_a_damaged_member_makes_the_archive_bytes_with_a_reason():
    data = bytearray(npz(a=np.arange(500_000.0)))
    data[2_000_000] ^= 1
    tree = read(bytes(data))
    assert ("bytes", True) == (tree.format, tree.reason.startswith("npz: ") and "damaged" in tree.reason)


def test_a_bomb_is_refused_by_its_ratio():
    tree = read(npz(np.savez_compressed, a=np.zeros(20 << 20)))
    assert "200 times" in tree.reason


def test_what_comes_out_is_bounded_over_all_members():
    tree = read(npz(a=A, b=B), Limits(expanded=200))
    assert "more than 200 bytes" in tree.reason
