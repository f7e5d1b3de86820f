# SPDX-License-Identifier: Apache-2.0
"""Plain bytes."""

from __future__ import annotations

import pytest

from repro_action.errors import ArtifactUnreadable
from repro_action.readers import read_artifact, same_bytes
from repro_action.tree import Kind


def test_unknown_bytes_are_one_leaf_with_a_reason(tmp_path):
    (tmp_path / "x").write_bytes(b"\0\1\2")
    tree = read_artifact(tmp_path / "x")
    assert ("bytes", Kind.BYTES, (3,)) == (tree.format, tree.root.kind, tree.root.shape)
    assert "no reader knows this format" == tree.reason == tree.root.reason


def test_equal_bytes_are_an_equal_leaf_and_others_are_not(tmp_path):
    for name, data in (("a", b"\0x"), ("b", b"\0x"), ("c", b"\0y")):
        (tmp_path / name).write_bytes(data)
    one, same, other = (read_artifact(tmp_path / name).root for name in "abc")
    assert one == same
    assert one.digest != other.digest


@pytest.mark.parametrize("size", [0, 1, 512 << 10, (512 << 10) + 1, 3 << 20])
def test_files_of_the_same_bytes_are_found_alike(tmp_path, size):
    one, other = tmp_path / "a", tmp_path / "b"
    data = bytes(range(256)) * (size // 256 + 1)
    one.write_bytes(data[:size])
    other.write_bytes(data[:size])
    assert same_bytes(one, other)
    if size:
        other.write_bytes(data[: size - 1] + bytes([data[size - 1] ^ 1]))
        assert not same_bytes(one, other)


def test_files_of_other_lengths_are_distinguished_unread(tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "b").write_bytes(b"xx")
    assert not same_bytes(tmp_path / "a", tmp_path / "b")


def test_a_missing_file_is_unreadable(tmp_path):
    with pytest.raises(ArtifactUnreadable, match="cannot be read"):
        read_artifact(tmp_path / "none")
