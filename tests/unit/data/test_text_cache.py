# SPDX-License-Identifier: Apache-2.0
"""Texts kept in `.repro/cache/`."""

from __future__ import annotations

from repro_action.data.text_cache import read_cache, write_cache


def test_what_was_written_is_read(tmp_path):
    write_cache(tmp_path, "name", "text")
    assert read_cache(tmp_path, "name") == "text"


def test_nothing_is_written_where_there_is_no_state_folder(tmp_path):
    write_cache(tmp_path / ".repro", "name", "text")
    assert list(tmp_path.iterdir()) == []


def test_it_does_not_follow_links_out_of_the_project(tmp_path):
    project, outside = tmp_path / "project", tmp_path / "outside"
    project.mkdir()
    (outside / "cache").mkdir(parents=True)
    (outside / "cache" / "name").write_text("theirs")
    (project / ".repro").symlink_to(outside)
    write_cache(project / ".repro", "name", "text")
    assert read_cache(project / ".repro", "name") == ""
    assert (outside / "cache" / "name").read_text() == "theirs"
