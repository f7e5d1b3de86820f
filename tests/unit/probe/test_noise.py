# SPDX-License-Identifier: Apache-2.0
"""What differs by itself is subtracted from what a variation changes."""

from __future__ import annotations

import pytest

from repro_action.probe.search import beyond


def leaves(*inside, path="out/a.json"):
    return frozenset((path, leaf) for leaf in inside)


@pytest.mark.parametrize(
    ("found", "noise", "left"),
    [
        (leaves("[3]['seed']"), leaves(), leaves("[3]['seed']")),
        (leaves("[3]['seed']"), leaves("[3]['seed']"), leaves()),
        # A race for the places of a list: more runs would show more places.
        (leaves("[3]['seed']"), leaves("[0]['seed']", "[1]['seed']"), leaves()),
        (leaves("['runs'][9]['seed']"), leaves("['runs'][0]['seed']", "['runs'][1]['seed']"), leaves()),
        # One element may be the time.
        (leaves("[3]"), leaves("[0]"), leaves("[3]")),
        (leaves("[3]['loss']"), leaves("[0]['seed']", "[1]['seed']"), leaves("[3]['loss']")),
        (leaves("[3]", path="b"), leaves("[0]", "[1]"), leaves("[3]", path="b")),
        (leaves("[3]", "", path="b"), leaves("", path="b"), leaves()),
    ],
)
def test_what_differs_by_itself_is_no_effect(found, noise, left):
    assert left == beyond(found, noise)
