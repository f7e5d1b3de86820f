# SPDX-License-Identifier: Apache-2.0
"""Plain values are one tree, whatever format they are written in."""

from __future__ import annotations

import json

import pytest

from repro_action.readers import read_source
from repro_action.readers.protocol import BytesSource, ReadContext


def root(name, text):
    tree = read_source(BytesSource(name, text.encode()), ReadContext(nest=read_source))
    assert not tree.reason
    return tree.root


@pytest.mark.parametrize(
    "value",
    [
        [1, 2.5],
        [1 << 53, 0.5],
        [-(1 << 53), 0.5],
        [(1 << 53) + 1, 0.5],
        [1 << 63, 1],
        [[1, 2], [3, 4]],
        [[1, 2], [3]],
        [True, 1],
        ["a", "b"],
        [],
        {"a": [], "b": {}},
    ],
    ids=str,
)
def test_json_and_yaml_of_one_value_are_one_tree(value):
    text = json.dumps(value)
    assert root("a.json", text) == root("a.yaml", text)
