# SPDX-License-Identifier: Apache-2.0
"""A list of files that a stranger wrote is fetched into one folder, or refused with its reason."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro_action.data.fetch.transfer import Arriving
from repro_action.errors import FetchError
from repro_action.progress import Silent
from repro_action.subjects import collect as collecting
from repro_action.subjects.collect import ListedFile, collect


@dataclass(frozen=True)
class Bytes:
    """A remote file of the bytes that a test gives; `said` is the size that it claims."""

    data: bytes
    said: int | None = None
    name: str = "there/model.bin"

    def arriving(self, start: int) -> Arriving:
        return Arriving(start=0, size=self.said, chunks=[self.data[:3], self.data[3:]])


def listed(*paths: str, data: bytes = b"weights", size: int | None = None) -> list[ListedFile]:
    return [ListedFile(path=path, remote=Bytes(data), size=size) for path in paths]


def test_files_come_ordered_by_path_with_their_digest(tmp_path: Path) -> None:
    found = collect(listed("b/model.bin", "a.txt"), tmp_path, Silent())
    assert ["a.txt", "b/model.bin"] == [file.path for file in found]
    assert {hashlib.sha256(b"weights").hexdigest()} == {file.sha256.value for file in found}
    assert b"weights" == (tmp_path / "b/model.bin").read_bytes()


@pytest.mark.parametrize(
    "path", ["../out", "/etc/passwd", "a/../../b", "a//b", "./a", "a/./b", "C:/a", "a\\b", "a\nb", "", "~/a"]
)
def test_a_path_that_leads_elsewhere_is_refused(tmp_path: Path, path: str) -> None:
    place = tmp_path / "into"
    place.mkdir()
    with pytest.raises(FetchError, match="no path below the subject"):
        collect(listed(path), place, Silent())
    assert [place] == list(tmp_path.rglob("*"))


@given(path=st.text(max_size=40))
def test_nothing_is_written_outside_whatever_a_list_says(tmp_path_factory, path: str) -> None:
    top = tmp_path_factory.mktemp("top")
    place = top / "into"
    place.mkdir()
    with contextlib.suppress(FetchError, OSError, ValueError):
        collect(listed(path), place, Silent())
    assert [place] == list(top.iterdir())


@pytest.mark.parametrize("paths", [("a", "a"), ("Model.bin", "model.bin")])
def test_one_path_stands_in_a_list_once(tmp_path: Path, paths: tuple[str, str]) -> None:
    with pytest.raises(FetchError, match="twice"):
        collect(listed(*paths), tmp_path, Silent())


@pytest.mark.parametrize("paths", [("a", "a/b"), ("a/b", "a")])
def test_what_is_a_file_is_no_folder(tmp_path: Path, paths: tuple[str, str]) -> None:
    with pytest.raises(FetchError, match="both as a file and as a folder"):
        collect(listed(*paths), tmp_path, Silent())


def test_an_empty_list_is_no_subject(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="no files"):
        collect([], tmp_path, Silent())


def test_a_list_without_end_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "MAX_FILES", 5)
    endless = (listed(f"{number}")[0] for number in iter(int, 1))
    numbered = (ListedFile(path=f"f{at}", remote=one.remote) for at, one in enumerate(endless))
    with pytest.raises(FetchError, match="more than 5 files"):
        collect(numbered, tmp_path, Silent())


@pytest.mark.parametrize("said", [None, 7])
def test_more_bytes_than_a_subject_may_have_are_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: int | None
) -> None:
    monkeypatch.setattr(collecting, "LARGEST", 10)
    files = [ListedFile(path=name, remote=Bytes(b"weights", said)) for name in ("a", "b")]
    with pytest.raises(FetchError, match="hold more than"):
        collect(files, tmp_path, Silent())


@pytest.mark.parametrize("size", [3, 100])
def test_a_file_that_is_not_as_long_as_listed_is_refused(tmp_path: Path, size: int) -> None:
    with pytest.raises(FetchError):
        collect(listed("a", size=size), tmp_path, Silent())
