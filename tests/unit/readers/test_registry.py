# SPDX-License-Identifier: Apache-2.0
"""The readers and their order."""

from __future__ import annotations

import subprocess
import sys

import pytest

from repro_action.errors import ArtifactUnreadable
from repro_action.readers import READERS, Limits, read_artifact, read_source, reader_for
from repro_action.readers.protocol import BytesSource, ReadContext


def test_every_reader_is_there_and_the_last_takes_all():
    for entry in READERS:
        module, name = entry.rsplit(".", 1)
        reader = getattr(__import__(f"repro_action.readers.{module}", fromlist=[name]), name)()
        assert reader.name
    assert "bytes_file.BytesReader" == READERS[-1]


@pytest.mark.processes
def test_the_room_is_light_to_import():
    code = "import sys, repro_action.readers; sys.exit('numpy' in sys.modules or 'zipfile' in sys.modules)"
    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode


@pytest.mark.parametrize(
    "data", [b"", b"\0", b"\x80\x04", b"PK\3\4", b"\x93NUMPY", b"{", b"\x89PNG\r\n\x1a\n"]
)
def test_any_start_ends_in_a_tree(data):
    tree = read_source(BytesSource("x", data), ReadContext(nest=read_source))
    assert tree.format == "text" or tree.reason


def test_time_that_is_up_still_leaves_the_bytes(tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ArtifactUnreadable, match="takes more than"):
        read_artifact(tmp_path / "a.csv", limits=Limits(seconds=-1))


def test_a_reader_is_found_by_content_before_name():
    assert "npy" == reader_for(BytesSource("a.json", b"\x93NUMPY"), b"\x93NUMPY").name
