# SPDX-License-Identifier: Apache-2.0
"""Files beside a pack are those that were verified, in their places, and nothing else is read."""

import hashlib
import os

import pytest

from repro_action.evidence.pack.checker.pack_items import artifact_faults

CONTENT = b"weights"


def manifest(*paths):
    digest = hashlib.sha256(CONTENT).hexdigest()
    return {"artifacts": [{"path": path, "size": len(CONTENT), "sha256": digest} for path in paths]}


def reasons(folder, *paths):
    return [fault.what for fault in artifact_faults(manifest(*paths), folder)]


def test_the_file_that_was_verified_passes(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a").write_bytes(CONTENT)
    assert [] == reasons(tmp_path, "out/a")


@pytest.mark.parametrize("content", [b"weightz", b"", CONTENT * 2])
def test_another_file_is_named(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    assert ["it is not the artifact that was verified: size or SHA-256 differ"] == reasons(tmp_path, "a")


def test_no_link_is_followed(tmp_path):
    inside = tmp_path / "in"
    inside.mkdir()
    (tmp_path / "a").write_bytes(CONTENT)
    (inside / "a").symlink_to(tmp_path / "a")
    (inside / "up").symlink_to(tmp_path)
    assert 2 == len(reasons(inside, "a", "up/a"))


@pytest.mark.parametrize("path", ["../a", "/a", "in/../../a", "in\\..\\a", "", "a\0b", "./a", "in//a"])
def test_a_path_that_leads_out_is_named_and_not_read(tmp_path, path):
    (tmp_path / "a").write_bytes(CONTENT)
    inside = tmp_path / "in"
    inside.mkdir()
    assert ["its path leads out of the folder"] == reasons(inside, path)


@pytest.mark.parametrize("path", ["x" * 5000, "\ud800", "a"])
def test_what_no_file_can_be_called_or_is_no_file_is_named(tmp_path, path):
    os.mkfifo(tmp_path / "a")
    (reason,) = reasons(tmp_path, path)
    assert reason.startswith(("it cannot be read", "there is no such file"))
