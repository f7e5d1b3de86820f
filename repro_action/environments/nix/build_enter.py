# SPDX-License-Identifier: Apache-2.0
"""Stands in a step's place while Nix builds its derivation: same output, same exit status.

`python -I -S build_enter.py INSTRUCTION`; what follows is the step's own command, which is in
the derivation already. It must have seen the step start in this very run: an output that
came from elsewhere would be a training that never happened.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import zlib
from collections import deque
from pathlib import Path

MARK = "@repro-nix-step-1@"
"""As in `build_step.py`."""

FAILED = 125
"""Exit status where Nix failed, and not the step."""

_DIFFERS = 104  # Nix's manual, "nix-store --realise", exit status of --check
_MAX_REPORT = 1 << 20
_STARTS = "starts"  # as in repro_action.determinism.presence
_KEPT = re.compile(r"""note: keeping build directory ['"](/(?:[^'"]*/)?nix-[^'"/]+)(?:/build)?['"]""")
"""Since Nix 2.24 the build is a folder in that one, and of late the quotes are double."""


class Build:
    """One build, by what Nix prints.

    Attributes:
        hook: folder for the reports.
        started: whether the step's command ran in this build.
        status: the command's; None until it ended.
    """

    def __init__(self, hook: str) -> None:
        self.hook = hook
        self.started = False
        self.status: int | None = None
        self.last: deque[str] = deque(maxlen=20)
        self.kept: list[str] = []

    def feed(self, line: bytes) -> None:
        """Take one line: of the step, of the builder, or of Nix."""
        if line.startswith(MARK.encode()):
            self._builder(line.decode("utf-8", "replace"))
        elif self.started and self.status is None:
            sys.stderr.buffer.write(line)
            sys.stderr.buffer.flush()
        else:
            text = line.decode("utf-8", "replace").rstrip()
            self.last.append(text)
            kept = _KEPT.match(text)
            if kept:
                self.kept.append(kept[1])

    def _builder(self, line: str) -> None:
        _, _, rest = line.partition(" ")
        word, _, more = rest.partition(" ")
        try:
            values = json.loads(more)
        except ValueError:
            return
        match word, values:
            case "started", _:
                self.started = True
            case "ended", [int(status)]:
                self.status = status
            case "refused", [int(number)]:
                self.status = 127
                _say(f"the command cannot be started: {os.strerror(number)}")
            case "report", [str(name), str(text)] if self.hook and Path(name).name == name != _STARTS:
                self._report(name, text)
            case "starts", [str(text)] if self.hook:
                self._report(_STARTS, text)

    def _report(self, name: str, text: str) -> None:
        try:
            data = zlib.decompressobj().decompress(base64.b64decode(text), _MAX_REPORT)
            with (Path(self.hook) / name).open("xb") as file:
                file.write(data)
        except (OSError, ValueError, zlib.error):
            return


def run(instruction: dict[str, object]) -> int:
    """Build, take the outputs over into the working folder, and return the exit status."""
    texts = {name: str(value) for name, value in instruction.items()}
    command = [str(word) for word in _words(instruction["command"])]
    build = Build(texts["hook"])
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=-1) as nix:
        for line in nix.stderr or ():
            build.feed(line)
    for folder in build.kept:
        shutil.rmtree(folder, ignore_errors=True)
    if build.status is not None and build.status != 0:
        return build.status
    if nix.returncode not in (0, _DIFFERS) or not build.started:
        return _failure(build, nix.returncode)
    differs = nix.returncode == _DIFFERS
    fetch = [str(word) for word in _words(instruction["fetch"])]
    if fetch and not differs:
        subprocess.run(fetch, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
    made = Path(texts["made"] + (".check" if differs else ""))
    if not made.is_dir():
        _say(f"the outputs at {made} are not on this machine")
        return _failure(build, nix.returncode)
    take_over(made, Path.cwd())
    if differs:
        Path(texts["differs"]).write_text(texts["made"], encoding="utf-8")
    return 0


def take_over(made: Path, folder: Path) -> None:
    """Copy outputs out of the store, where everything is read-only."""
    shutil.copytree(made, folder, symlinks=True, copy_function=shutil.copy, dirs_exist_ok=True)
    for place in (folder, *folder.rglob("*")):
        if not place.is_symlink():
            place.chmod(place.stat().st_mode | 0o200)


def _failure(build: Build, status: int) -> int:
    if status == 0 and not build.started:
        _say("Nix gave the output of an earlier build, and the step did not run")
    _say(f"Nix ended with status {status}:", *build.last)
    return FAILED


def _say(*lines: str) -> None:
    sys.stderr.write("".join(f"{line}\n" for line in lines))


def _words(value: object) -> list[object]:
    return value if isinstance(value, list) else []


if __name__ == "__main__":
    ended = run(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    if ended < 0:
        signal.signal(-ended, signal.SIG_DFL)
        os.kill(os.getpid(), -ended)
    sys.exit(ended)
