# SPDX-License-Identifier: Apache-2.0
"""The configurations of a list of files are those that a working tree of them would hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro_action.config.discover import discover
from repro_action.config.listed import may_be_configurations, model_name

CONFIG = 'version = 1\nname = "{}"\n[[steps]]\nname = "a"\nrun = ["x"]\noutputs = ["out"]\n'
FILES = {
    "models/ash/repro.toml": CONFIG.format("ash"),
    "models/birch/pyproject.toml": '[tool.repro]\nversion = 1\nname = "birch"\n',
    "models/cedar/pyproject.toml": "[project]\n",
    "models/oak/small.toml": CONFIG.format("small"),
    "models/oak/notes.toml": "a = 1\n",
    "models/elm/repro.toml": "name = \n",
    "models/.hidden/repro.toml": CONFIG.format("hidden"),
    "node_modules/x/repro.toml": CONFIG.format("x"),
    "venv/pyvenv.cfg": "",
    "venv/lib/repro.toml": CONFIG.format("lib"),
}
PATTERNS = (
    "**",
    "**/repro.toml",
    "models/*",
    "models/*/repro.toml",
    "models/*/*.toml",
    "models/ash",
    "models/oak/small.toml",
    "models/ash, models/oak/*.toml",
)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_list_of_files_holds_what_is_discovered_in_a_working_tree(tmp_path: Path, pattern: str) -> None:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    found = [
        path
        for path in may_be_configurations(FILES, (pattern,))
        if model_name(path, FILES[path].encode()) is not None
    ]
    assert discover(tmp_path, (pattern,)) == tuple(found)


@pytest.mark.parametrize(
    ("path", "data", "name"),
    [
        ("models/ash/repro.toml", CONFIG.format("oak").encode(), "oak"),
        ("models/ash/repro.toml", b"\xff", "ash"),
        ("repro.toml", b"name = 3", "repro"),
        ("a/pyproject.toml", b'[tool]\nrepro = "x"', "a"),
        ("a/pyproject.toml", b"[tool.repro", "a"),
        ("a/pyproject.toml", b"[project]", None),
        ("a/other.toml", b"steps = 1", None),
        ("a/other.toml", b"[[steps]]\n" + b"[" * 100_000, "a"),
        ("a/repro.toml", b"#" * (1 << 20) + b'\nname = "x"', "a"),
        ("a/pyproject.toml", None, "a"),
        ("other.toml", None, "other"),
    ],
)
def test_a_configuration_that_cannot_be_read_is_called_after_its_folder(
    path: str, data: bytes | None, name: str | None
) -> None:
    assert name == model_name(path, data)
