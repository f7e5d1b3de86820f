# SPDX-License-Identifier: Apache-2.0
"""A pack of a small run, made once."""

import pytest
from verified_runs import make_sources

from repro_action.evidence.pack.pack import make_pack


@pytest.fixture(scope="session")
def packed() -> bytes:
    return make_pack(make_sources())
