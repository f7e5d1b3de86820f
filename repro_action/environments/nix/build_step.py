# SPDX-License-Identifier: Apache-2.0
"""The builder of a step's derivation: lays out its inputs, runs it, and hands out what it wrote.

It runs inside Nix's sandbox as `python -I -S build_step.py FOLDER`, where FOLDER is in the store
and holds `spec.json`, `files` and `hook`. Declared outputs go to `$out`, which Nix compares.
What the hook reports holds process numbers and times, so it leaves through the log, on lines
that start with `MARK`; repro takes those out again. The step cannot write such lines: its output
comes through this process, which lets none pass, and whose own descriptors are closed to it.
Nor can it take back which of its processes started: they say so in a pipe that is read here.

NOTE: only the standard library, and nothing of repro: it is copied to the store by itself.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import zlib
from pathlib import Path

MARK = "@repro-nix-step-1@"
"""Starts a line of the log that is not the step's."""

_MAX_REPORT = 1 << 20
_MAX_REPORTS = 512
_PIPE = "starts.pipe"  # as in repro_action.determinism.presence
_ROOM = 1 << 20
_SET_SIZE = 1031  # linux/fcntl.h: F_SETPIPE_SZ
_SET_DUMPABLE = 4  # linux/prctl.h
_CHUNK = 1 << 16
_POLL_SECONDS = 0.2


def say(word: str, *more: object) -> None:
    """Write one line for repro."""
    sys.stderr.write(f"{MARK} {word} {json.dumps(more)}\n")
    sys.stderr.flush()


def lay_out(folder: Path, places: dict[str, str], project: Path) -> None:
    """Copy the inputs into the folder that stands for the project; the files stay read-only."""
    shutil.copytree(folder / "files", project)
    open_up(project)
    for name, source in places.items():
        target = project / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if Path(source).is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
            open_up(target)
        else:
            shutil.copy2(source, target)


def open_up(top: Path) -> None:
    """Let folders be written to: outputs may go beside inputs, but the store's are read-only."""
    for path, _, _ in os.walk(top):
        Path(path).chmod(0o700)


def variables(folder: Path, given: dict[str, str], top: Path, project: Path) -> dict[str, str]:
    """Return the variables of the step, with this sandbox's own places in them.

    Args:
        folder: of this program and the hook.
        given: variables of the step.
        top: of the sandbox's own folders.
        project: the copy that the step runs in.
    """
    places = {"HOME": top / "home", "TMPDIR": top / "temporary", "REPRO_HOOK_DIR": top / "reports"}
    for place in places.values():
        place.mkdir()
    own = given.get("PYTHONPATH", "")
    return {
        **given,
        **{name: str(place) for name, place in places.items()},
        "REPRO_PROJECT_ROOT": str(project),
        "PYTHONPATH": os.pathsep.join([str(folder / "hook"), *([own] if own else [])]),
    }


def hand_out(outputs: list[str], project: Path, out: Path) -> None:
    """Copy the declared outputs that are there to `$out`; what is missing is repro's to say."""
    out.mkdir()
    for name in outputs:
        made, target = project / name, out / name
        if not os.path.lexists(made):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if made.is_dir() and not made.is_symlink():
            shutil.copytree(made, target, symlinks=True)
        else:
            shutil.copy2(made, target, follow_symlinks=False)


class Starts:
    """The pipe in which processes of the step say that they started."""

    def __init__(self, reports: Path) -> None:
        self.pipe = reports / _PIPE
        os.mkfifo(self.pipe, 0o600)
        # Both ends, so that neither opening nor writing waits for the other; the pipe holds what comes.
        self.descriptor = os.open(self.pipe, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self.ours = os.fstat(self.descriptor)
        try:
            self.room = fcntl.fcntl(self.descriptor, _SET_SIZE, _ROOM)
        except OSError:
            self.room = 1 << 16

    def received(self) -> bytes:
        """Return what was said, with a line that fits no other where some of it may be lost."""
        parts: list[bytes] = []
        try:
            while len(parts) <= 64:
                parts.append(os.read(self.descriptor, _ROOM))
        except BlockingIOError:
            pass
        lines = b"".join(parts)
        try:
            now = os.lstat(self.pipe)
        except OSError:
            return lines + b"lost\n"
        same = (now.st_dev, now.st_ino) == (self.ours.st_dev, self.ours.st_ino)
        return lines if same and len(lines) < self.room - 512 else lines + b"lost\n"


def hide() -> None:
    """Close `/proc/PID/fd` of this process to others of the same user."""
    try:
        import ctypes

        ctypes.CDLL(None).prctl(_SET_DUMPABLE, 0, 0, 0, 0)
    except (ImportError, OSError, AttributeError):  # no Linux
        return


def pass_on(text: bytes) -> None:
    """Write lines of the step to the log, none of which is then one of the builder's."""
    # NOTE: Nix takes a carriage return for the beginning of the line, over what it does.
    for line in text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").splitlines(keepends=True):
        sys.stderr.buffer.write(b" " + line if line.startswith(MARK.encode()) else line)
    sys.stderr.buffer.flush()


def run(command: list[str], folder: Path, environ: dict[str, str]) -> int:
    """Run the step's command, with its output passed on; return its exit status."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        output, pending = process.stdout, b""
        while output is not None:
            ended = process.poll() is not None
            # What a process that it left behind still holds open is not waited for.
            if not select.select([output], [], [], 0 if ended else _POLL_SECONDS)[0]:
                if ended:
                    break
                continue
            chunk = os.read(output.fileno(), _CHUNK)
            if not chunk:
                break
            whole, newline, rest = (pending + chunk).rpartition(b"\n")
            if len(rest) > _CHUNK:  # one line without an end, cut into several
                whole, newline, rest = whole + newline + rest, b"\n", b""
            pass_on(whole + newline)
            pending = rest
        pass_on(pending + b"\n" if pending else b"")
        return process.wait()


def report(reports: Path) -> None:
    """Send what the hook wrote through the log."""
    for path in sorted(reports.glob("*.json"))[:_MAX_REPORTS]:
        if path.is_file() and path.stat().st_size <= _MAX_REPORT:
            say("report", path.name, base64.b64encode(zlib.compress(path.read_bytes())).decode("ascii"))


def canary(targets: dict[str, list[str]], out: Path) -> None:
    """Try what a step must not be able to do, and say what came of it."""
    connected = []
    for place in targets["addresses"]:
        host, _, port = place.rpartition(":")
        try:
            socket.create_connection((host, int(port)), 2).close()
        except OSError:
            continue
        connected.append(place)
    say(
        "canary",
        {"read": [path for path in targets["paths"] if os.path.lexists(path)], "connected": connected},
    )
    out.touch()


def main(folder: Path) -> int:
    """Run the step; return the builder's exit status."""
    spec = json.loads((folder / "spec.json").read_text(encoding="utf-8"))
    top, out = Path(os.environ["NIX_BUILD_TOP"]), Path(os.environ["out"])  # noqa: SIM112 -- Nix calls it so
    if "canary" in spec:
        canary(spec["canary"], out)
        return 0
    project = top / "project"
    lay_out(folder, spec["places"], project)
    environ = variables(folder, spec["variables"], top, project)
    reports = Path(environ["REPRO_HOOK_DIR"])
    starts = Starts(reports)
    hide()
    say("started")
    try:
        start = project / spec["cwd"]
        start.mkdir(parents=True, exist_ok=True)
        status = run(spec["run"], start, environ)
    except OSError as error:
        say("refused", error.errno or 0)
        return 1
    report(reports)
    say("starts", base64.b64encode(zlib.compress(starts.received())).decode("ascii"))
    say("ended", status)
    if status == 0:
        hand_out(spec["outputs"], project, out)
    return 0 if status == 0 else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
