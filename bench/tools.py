# SPDX-License-Identifier: Apache-2.0
"""Gets what is compared with: DVC into a virtual environment, b3sum from the system."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from bench.scale import BENCH, ROOT

_REQUIREMENTS = ROOT / "requirements" / "bench.txt"


def dvc() -> Path:
    """Return the `dvc` of `requirements/bench.txt`, installed once under `.bench/venv`."""
    venv = BENCH / "venv"
    stamp, wanted = venv / ".complete", _REQUIREMENTS.read_text(encoding="ascii")
    if not stamp.is_file() or stamp.read_text(encoding="ascii") != wanted:
        print("installing DVC into .bench/venv …", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        python = venv / "bin" / "python"
        pip: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "-r", _REQUIREMENTS], check=True)
        stamp.write_text(wanted, encoding="ascii")
    return venv / "bin" / "dvc"


def b3sum() -> Path | None:
    """Return the BLAKE3 authors' own program: from PATH, else unpacked from Debian's package, else None."""
    found = shutil.which("b3sum")
    if found is not None:
        return Path(found)
    folder = BENCH / "b3sum"
    program = folder / "usr" / "bin" / "b3sum"
    if not program.is_file() and shutil.which("apt-get") and shutil.which("dpkg-deb"):
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", "b3sum"], cwd=folder, capture_output=True, check=False)
        for package in folder.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", package, folder], check=False)
    return program if program.is_file() else None
