# SPDX-License-Identifier: Apache-2.0
"""Projects whose data is somewhere else: a server that has it, and what a test hears of fetching."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from file_server import serving
from integration.command import UNENCLOSED

from repro_action.config.load import parse
from repro_action.data.fetch.supply import Supply
from repro_action.progress import Silent

DATA = bytes(range(256)) * 4096
SHA = hashlib.sha256(DATA).hexdigest()
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def server():
    with serving() as served:
        served.files["/d.bin"] = DATA
        yield served


class Heard(Silent):
    def __init__(self) -> None:
        self.counts: list[tuple[int, int, str]] = []
        self.stages: list[str] = []

    def stage(self, text: str) -> None:
        self.stages.append(text)

    def advance(self, done: int, total: int, unit: str) -> None:
        self.counts.append((done, total, unit))


def supply(root: Path, source: str, digest: str = f"sha256:{SHA}", progress=None, **environ: str) -> Path:
    """Fetch `data/d.bin` of a project; returns its place."""
    lines = f'source = "{source}"\n' if source else ""
    text = f'{UNENCLOSED}\n[[data]]\npath = "data/d.bin"\n{lines}digest = "{digest}"\n[[steps]]\nname = "a"\nrun = ["true"]\n'
    config = parse(text, root / "repro.toml")
    environ = {"REPRO_CACHE_DIR": str(root.parent / "user-cache"), **environ}
    Supply(config=config, environ=environ, progress=progress or Silent()).fetch_missing()
    return root / "data" / "d.bin"


def project(folder: Path, name: str = "one") -> Path:
    (folder / name).mkdir()
    return folder / name
