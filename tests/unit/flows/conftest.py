# SPDX-License-Identifier: Apache-2.0
"""A project whose run was attested."""

from __future__ import annotations

from pathlib import Path

import pytest
from attested import Place
from signed_statements import key_of, run_in

from repro_action.flows.attest import attest


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture
def place(tmp_path: Path, keys: Path) -> Place:
    key = key_of(keys)
    attest(run_in(tmp_path), key, tmp_path / "signed")
    return Place(root=tmp_path, key=key, other=key_of(keys, "mallory"))
