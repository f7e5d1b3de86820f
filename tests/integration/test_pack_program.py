# SPDX-License-Identifier: Apache-2.0
"""The program in a pack: Python's standard library alone, and nothing installed beside it."""

import subprocess
import sys
import zipfile

from verified_runs import make_sources

from repro_action.evidence.pack.pack import make_pack


def test_the_program_in_the_pack_checks_it_with_the_standard_library_alone(tmp_path):
    packed = make_pack(make_sources())
    file = tmp_path / "wine.pack.zip"
    file.write_bytes(packed)
    with zipfile.ZipFile(file) as archive:
        archive.extractall(tmp_path / "pack")
    command = [sys.executable, "-I", "-S", "-B", str(tmp_path / "pack" / "check"), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (0, "OK: 19 items of 'wine'\n", "") == (done.returncode, done.stdout, done.stderr)
    file.write_bytes(packed[:-1])
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 1 == done.returncode
    assert "FAILED the archive: it is truncated" in done.stdout
