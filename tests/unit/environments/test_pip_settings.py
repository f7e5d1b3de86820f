# SPDX-License-Identifier: Apache-2.0
"""Laws of pip's settings as uv's options: the same, or none at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from repro_action.environments.pip_settings import uv_settings
from repro_action.environments.uv import uv_install

BARE = {"PIP_CONFIG_FILE": os.devnull}


@pytest.mark.parametrize(
    ("variables", "options"),
    [
        ({}, []),
        ({"PIP_INDEX_URL": "https://i/simple"}, ["--index-url", "https://i/simple"]),
        (
            {"PIP_EXTRA_INDEX_URL": "https://a https://b"},
            ["--extra-index-url", "https://a", "--extra-index-url", "https://b"],
        ),
        ({"PIP_FIND_LINKS": "/wheels", "PIP_NO_INDEX": "1"}, ["--find-links", "/wheels", "--no-index"]),
        (
            {"PIP_ONLY_BINARY": "numpy,scipy"},
            ["--only-binary", "numpy", "--only-binary", "scipy"],
        ),
        ({"PIP_NO_INDEX": "false", "PIP_NO_INPUT": "1", "PIP_PROGRESS_BAR": "off"}, []),
    ],
)
def test_a_variable_of_pip_is_an_option_of_uv(variables: dict[str, str], options: list[str]) -> None:
    assert (options, {}) == uv_settings({**BARE, **variables}, Path("/none"))


@pytest.mark.parametrize("name", ["PIP_PREFER_BINARY", "PIP_CONSTRAINT", "PIP_TARGET", "PIP_PROXY"])
def test_a_setting_without_a_counterpart_leaves_the_work_to_pip(name: str) -> None:
    assert uv_settings({**BARE, name: "1"}, Path("/none")) is None


def test_files_count_in_pips_order_and_variables_count_more(tmp_path: Path) -> None:
    for folder, url in ((".pip", "weakest"), (".config/pip", "own")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "pip.conf").write_text(f"[global]\nindex-url = {url}\n")
    home = {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path / "none"), "PIP_FIND_LINKS": "/own"}
    options, _ = uv_settings(home, tmp_path) or ([], {})
    assert ["--index-url", "own"] == options[options.index("--index-url") :]
    (tmp_path / "pip.conf").write_text("[install]\nindex-url = prefix\nfind-links = /a\n")
    options, _ = uv_settings(home, tmp_path) or ([], {})
    assert "prefix" in options
    assert "/own" in options
    assert "/a" not in options


def test_a_file_that_cannot_be_understood_leaves_the_work_to_pip(tmp_path: Path) -> None:
    (tmp_path / "pip.conf").write_text("no section\n")
    assert uv_settings({"HOME": str(tmp_path)}, tmp_path) is None


def test_uvs_own_variables_bring_in_nothing_that_the_lock_does_not_name(tmp_path: Path) -> None:
    program = tmp_path / "uv"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    environ = {
        **BARE,
        "PATH": str(tmp_path),
        "UV_OVERRIDE": "x",
        "UV_CONFIG_FILE": "x",
        "UV_CACHE_DIR": "/c",
        "UV_INDEX_ACME_PASSWORD": "p",
    }
    made = uv_install(environ, tmp_path)
    assert made is not None
    assert {"UV_CACHE_DIR", "UV_INDEX_ACME_PASSWORD"} == {name for name in made.variables if "UV_" in name}
    assert "--no-config" in made.command(tmp_path, tmp_path)
