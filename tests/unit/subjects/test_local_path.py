# SPDX-License-Identifier: Apache-2.0
"""A file or folder of this machine as a subject."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from repro_action.errors import FetchError
from repro_action.progress import Silent
from repro_action.subjects.kinds import fetch_subject


def fetched(place: Path) -> list[str]:
    return [file.path for file in fetch_subject(str(place), place.parent, Silent()).files]


def test_a_file_is_its_name_and_a_folder_its_files(tmp_path: Path) -> None:
    (tmp_path / "model/deep").mkdir(parents=True)
    (tmp_path / "model/deep/b").write_bytes(b"b")
    (tmp_path / "model/a").write_bytes(b"a")
    assert ["a", "deep/b"] == fetched(tmp_path / "model")
    assert ["a"] == fetched(tmp_path / "model/a")


def test_what_is_not_there_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="is not there"):
        fetched(tmp_path / "none")


@pytest.mark.parametrize("kind", ["link", "link to a folder", "pipe"])
def test_a_folder_with_anything_but_files_is_refused(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "model"
    place.mkdir()
    if kind == "pipe":
        os.mkfifo(place / "odd")
    else:
        (place / "odd").symlink_to("/etc" if "folder" in kind else "/etc/hostname")
    with pytest.raises(FetchError, match="odd"):
        fetched(place)


@pytest.mark.parametrize("address", ["ftp://host/model", "models:", "mailto:x@y"])
def test_an_address_of_no_known_kind_says_what_can_be_written(tmp_path: Path, address: str) -> None:
    with pytest.raises(FetchError) as caught:
        fetch_subject(address, tmp_path, Silent())
    assert "models:/NAME@ALIAS" in caught.value.remedy
