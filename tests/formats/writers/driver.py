# SPDX-License-Identifier: Apache-2.0
"""Writes each format three times with its real library: twice the same content, and once with a change.

`python models.py [NAME...]` writes into ../data what models.py knows. Each file is written by a process of
its own, in another folder, at another second, with another hash seed and time zone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

DATA = Path(__file__).parents[1] / "data"
Write = Callable[[Path, bool], object]
WRITERS: dict[str, tuple[str, Write]] = {}
ROUNDS = {
    "one": {"PYTHONHASHSEED": "1", "TZ": "UTC"},
    "two": {"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo"},
    "changed": {"PYTHONHASHSEED": "3", "TZ": "UTC"},
}


def writes(name: str, file: str) -> Callable[[Write], Write]:
    """Register what writes `file` of the format or dialect `name`; it is told whether to change it."""

    def register(write: Write) -> Write:
        WRITERS[name] = file, write
        return write

    return register


def second() -> bool:
    """Say whether this is the second time, when compression and the like may be another."""
    return os.environ["PYTHONHASHSEED"] == "2"


def main() -> None:
    """Write what is asked for, or all."""
    if os.environ.get("FORMATS_ROUND"):
        name, target = sys.argv[1:]
        WRITERS[name][1](Path(target), os.environ["FORMATS_ROUND"] == "changed")
        return
    for name in sys.argv[1:] or list(WRITERS):
        shutil.rmtree(DATA / name, ignore_errors=True)
        for number, (key, environ) in enumerate(ROUNDS.items()):
            folder = DATA / name / key
            folder.mkdir(parents=True)
            if number:
                time.sleep(1.1)
            # The file lies where its name is another each time, and is moved then.
            with tempfile.TemporaryDirectory(prefix=key * (number + 1)) as work:
                made = Path(work) / WRITERS[name][0]
                command = [sys.executable, str(Path(sys.argv[0]).resolve()), name, str(made)]
                subprocess.run(
                    command, check=True, cwd=work, env={**os.environ, **environ, "FORMATS_ROUND": key}
                )
                shutil.move(made, folder / made.name)
        print(name)  # noqa: T201
