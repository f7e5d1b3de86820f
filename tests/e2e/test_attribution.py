# SPDX-License-Identifier: Apache-2.0
"""Every planted change is attributed within ten percent of what is known of it by hand."""

from __future__ import annotations

import os
from unittest import mock

import pytest

from bench import attribution
from bench.attribution import CHANGES, PlantedChange


def test_twelve_changes_are_planted():
    assert 12 == len({planted.name for planted in CHANGES})


@pytest.mark.parametrize("planted", CHANGES, ids=lambda planted: planted.name)
def test_a_planted_change_is_attributed(planted: PlantedChange, tmp_path):
    with mock.patch.dict(os.environ):  # one of them names an index of its own
        found = attribution.explained(planted, tmp_path)
    assert attribution.is_right(planted, found)
