# SPDX-License-Identifier: Apache-2.0
"""Keys of W&B: a key inside another is never taken for one whose name has a dot."""

from __future__ import annotations

import json
import struct
from pathlib import Path

from repro_action.compare.log_columns import counted_by
from repro_action.listing import flatten
from repro_action.readers import read_artifact
from repro_action.readers.tracking.wandb_file import MAGIC
from repro_action.tree import Leaf

HISTORY, SUMMARY, CONFIG = 2, 3, 5


def field(number: int, data: bytes) -> bytes:
    assert len(data) < 1 << 14
    size = bytes([len(data)]) if len(data) < 128 else bytes([len(data) & 127 | 128, len(data) >> 7])
    tag = number << 3 | 2
    return (bytes([tag]) if tag < 128 else bytes([tag & 127 | 128, tag >> 7])) + size + data


def item(keys: str | list[str], value: object) -> bytes:
    names = (
        field(1, keys.encode()) if isinstance(keys, str) else b"".join(field(2, key.encode()) for key in keys)
    )
    return field(1, names + field(16, json.dumps(value).encode()))


def removed(keys: list[str]) -> bytes:
    return field(2, b"".join(field(2, key.encode()) for key in keys))


def leaves(tmp_path: Path, *records: tuple[int, bytes]) -> dict[str, Leaf]:
    """Read a run with these records."""
    data = MAGIC
    for number, items in records:
        record = field(number, items)
        data += struct.pack("<IHB", 0, len(record), 1) + record
    path = tmp_path / "run.wandb"
    path.write_bytes(data)
    tree = read_artifact(path)
    assert "wandb" == tree.format, tree.reason
    return flatten(tree.root)


def test_a_key_inside_another_is_no_key_with_a_dot(tmp_path: Path):
    for number, where in ((HISTORY, "history"), (SUMMARY, "summary"), (CONFIG, "config")):
        both = leaves(tmp_path, (number, item(["a", "b"], 1) + item(["a.b"], 2)))
        assert {f"{where}['a']['b']", f"{where}['a.b']"} <= both.keys()
        old, new = (leaves(tmp_path, (number, item(key, 1))) for key in (["a", "b"], "a.b"))
        assert old.keys() != new.keys()


def test_a_later_record_changes_a_value_inside_a_table(tmp_path: Path):
    found = leaves(
        tmp_path,
        (SUMMARY, item("a", {"b": 1, "c": 2, "d": 3})),
        (SUMMARY, item(["a", "b"], 7) + removed(["a", "d"])),
    )
    assert {"summary['a']['b']": 7, "summary['a']['c']": 2} == {
        path: leaf.value for path, leaf in found.items() if path.startswith("summary")
    }


def test_own_keys_are_left_out_and_those_of_the_user_are_not(tmp_path: Path):
    found = leaves(tmp_path, (SUMMARY, item(["_wandb", "runtime"], 1) + item(["x", "_wandb"], 2)))
    assert {"summary['x']['_wandb']"} == {path for path in found if path.startswith("summary")}


def test_the_steps_of_a_key_inside_another_are_those_of_the_run(tmp_path: Path):
    found = leaves(tmp_path, (HISTORY, item(["a.b", "loss"], 1)), (HISTORY, item(["a.b", "loss"], 2)))
    assert ("step", "steps") == counted_by("history['a.b']['loss']", found)
