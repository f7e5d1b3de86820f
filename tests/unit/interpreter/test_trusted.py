# SPDX-License-Identifier: Apache-2.0
"""Laws of what may be started outside of the sandbox: nothing that a project brings."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from repro_action.errors import ConfigError
from repro_action.interpreter.trusted import trusted_program, untrusted_folders

REAL = Path(os.path.realpath(sys.executable))


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "repository" / "models" / "wine"
    root.mkdir(parents=True)
    (tmp_path / "repository" / ".git").mkdir()
    return root


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    return path


def outside_link(place: Path, target: Path) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)
    return place


@pytest.mark.parametrize("place", ["x", "bin/python", "../../tools/python"])
def test_a_file_of_the_repository_is_refused(project, place):
    with pytest.raises(ConfigError, match="is a file of the project"):
        trusted_program(program(project / place), untrusted_folders(project))


def test_a_link_elsewhere_that_leads_back_into_the_project_is_refused(project, tmp_path):
    link = outside_link(tmp_path / "bin/python", program(project / "x"))
    with pytest.raises(ConfigError):
        trusted_program(link, untrusted_folders(project))


def test_a_project_behind_a_link_is_still_the_project(project, tmp_path):
    alias = outside_link(tmp_path / "alias", project)
    program(project / "x")
    with pytest.raises(ConfigError):
        trusted_program(alias / "x", untrusted_folders(project))
    with pytest.raises(ConfigError):
        trusted_program(project / "x", untrusted_folders(alias))


def test_of_a_link_in_the_project_the_end_is_started(project):
    link = outside_link(project / ".venv/bin/python", REAL)
    assert REAL == trusted_program(link, untrusted_folders(project))


def test_a_link_that_passes_through_the_project_starts_the_end(project, tmp_path):
    inner = outside_link(project / ".venv/bin/python", REAL)
    outer = outside_link(tmp_path / "bin/python", inner)
    assert REAL == trusted_program(outer, untrusted_folders(project))


def test_an_interpreter_elsewhere_is_started_as_it_is(project):
    assert Path(sys.executable) == trusted_program(Path(sys.executable), untrusted_folders(project))


def test_a_repository_that_is_the_home_folder_is_not_all_brought(project, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "repository"))
    own = program(tmp_path / "repository/.pyenv/bin/python")
    assert own == trusted_program(own, untrusted_folders(project))
    with pytest.raises(ConfigError):
        trusted_program(program(project / "x"), untrusted_folders(project))
