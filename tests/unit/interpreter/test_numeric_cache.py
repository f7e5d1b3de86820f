# SPDX-License-Identifier: Apache-2.0
"""Under which name a signature is cached, and what is believed of the cache."""

from dataclasses import replace
from pathlib import Path

import pytest

from repro_action.digest import Digest
from repro_action.interpreter.environment import Environment
from repro_action.interpreter.numeric.read import cached_signature, signature_key

AROUND = {"os": "Linux", "machine": "x86_64", "cpu": "one", "cpu_level": "x86-64-v3", "kernel": "6.1"}


def environment(**changes):
    made = Environment(
        backend="current",
        digest=Digest("sha256", "0" * 64),
        python=Path("/usr/bin/python"),
        python_version="3.11",
        implementation="cpython",
        variables={},
        distributions=(),
        circumstances=AROUND,
    )
    return replace(made, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"digest": Digest("sha256", "1" * 64)},
        {"circumstances": {**AROUND, "cpu": "another"}},
        {"circumstances": {**AROUND, "cpu_level": "another"}},
        {"variables": {"LD_PRELOAD": "libblas.so"}},
        {"python": Path("/elsewhere/python")},
    ],
)
def test_what_decides_the_arithmetic_decides_the_name_in_the_cache(changes):
    assert signature_key(environment(), {}) != signature_key(environment(**changes), {})


def test_what_does_not_decide_the_arithmetic_does_not_empty_the_cache():
    other = environment(circumstances={**AROUND, "kernel": "9.9"}, variables={"HOME": "/home/x"})
    assert signature_key(environment(), {"PYTHONHASHSEED": "0"}) == signature_key(
        other, {"PYTHONHASHSEED": "1"}
    )


@pytest.mark.parametrize("content", ["", "[]", "{", '{"KEY": 1}', '{"KEY": {"dot64": "<script>"}}'])
def test_a_damaged_cache_is_read_as_empty(tmp_path, content):
    key = signature_key(environment(), {})
    (tmp_path / "numeric.json").write_text(content.replace("KEY", key))
    assert cached_signature(tmp_path, key) is None
