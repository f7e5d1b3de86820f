# SPDX-License-Identifier: Apache-2.0
"""Where the configuration is looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro_action.config.load import find
from repro_action.errors import ConfigError


def test_own_file_is_found_from_a_folder_below(tmp_path: Path) -> None:
    (tmp_path / "repro.toml").touch()
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert (tmp_path / "repro.toml").resolve() == find(below)


def test_table_of_pyproject_is_found(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.repro]\nversion = 1\n")
    assert "pyproject.toml" == find(tmp_path).name


def test_pyproject_of_other_tools_is_passed_over(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "repro.toml").touch()
    (inner / "pyproject.toml").write_text('[project]\nname = "repro"\n')
    assert (tmp_path / "repro.toml").resolve() == find(inner)


def test_broken_pyproject_that_means_us_is_returned_so_that_it_is_reported(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.repro]\nversion = \n")
    assert "pyproject.toml" == find(tmp_path).name


def test_both_in_one_folder_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "repro.toml").touch()
    (tmp_path / "pyproject.toml").write_text("[tool.repro]\n")
    with pytest.raises(ConfigError, match="in one folder"):
        find(tmp_path)


def test_search_ends_at_the_top_of_the_checkout(tmp_path: Path) -> None:
    (tmp_path / "repro.toml").touch()
    checkout = tmp_path / "checkout"
    (checkout / ".git").mkdir(parents=True)
    with pytest.raises(ConfigError) as caught:
        find(checkout)
    assert "repro init" in caught.value.remedy


def test_named_file_or_folder_wins(tmp_path: Path) -> None:
    (tmp_path / "repro.toml").touch()
    other = tmp_path / "other"
    other.mkdir()
    (other / "repro.toml").touch()
    assert other.resolve() / "repro.toml" == find(tmp_path, Path("other"))
    assert other.resolve() / "repro.toml" == find(tmp_path, other / "repro.toml")
    with pytest.raises(ConfigError, match="no configuration at this path"):
        find(tmp_path, Path("gone.toml"))
