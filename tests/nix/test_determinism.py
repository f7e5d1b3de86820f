# SPDX-License-Identifier: Apache-2.0
"""nix/determinism.json says what repro_action.determinism says."""

import subprocess
import sys

from nix.standin import ROOT


def test_the_written_profile_is_that_of_the_code():
    script = ROOT / "nix" / "determinism.py"
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    written = (ROOT / "nix" / "determinism.json").read_text()
    assert written == done.stdout, "run: python nix/determinism.py > nix/determinism.json"
