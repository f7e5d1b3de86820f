# SPDX-License-Identifier: Apache-2.0
"""The builder of a step's derivation: lays out its inputs, runs it, and hands out what it wrote.

It runs inside Nix's sandbox as `python -I -S build_step.py FOLDER`, where FOLDER is in the store
and holds `spec.json`, `files` and `hook`. Declared outputs go to `$out`, which Nix compares.
What the hook reports holds process numbers and times, so it leaves through the log, on lines
that start with `MARK`; repro takes those out again.

NOTE: only the standard library, and nothing of repro: it is copied to the store by itself.
"""

from __future__ import annotations

import base64
import json
import os
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
    """Return the variables of the step, with this sandbox's own places in them."""
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


def report(reports: Path) -> None:
    """Send what the hook wrote through the log."""
    for path in sorted(reports.glob("*.json"))[:_MAX_REPORTS]:
        if path.is_file() and path.stat().st_size <= _MAX_REPORT:
            say("report", path.name, base64.b64encode(zlib.compress(path.read_bytes())).decode("ascii"))


def canary(asked: dict[str, list[str]], out: Path) -> None:
    """Try what a step must not be able to do, and say what came of it."""
    connected = []
    for place in asked["addresses"]:
        host, _, port = place.rpartition(":")
        try:
            socket.create_connection((host, int(port)), 2).close()
        except OSError:
            continue
        connected.append(place)
    say(
        "canary", {"read": [path for path in asked["paths"] if os.path.lexists(path)], "connected": connected}
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
    say("started")
    try:
        # Standard output is Nix's own; 2 is the log.
        status = subprocess.run(
            spec["run"], cwd=project, env=environ, stdin=subprocess.DEVNULL, stdout=2, check=False
        ).returncode
    except OSError as error:
        say("refused", error.errno or 0)
        return 1
    report(Path(environ["REPRO_HOOK_DIR"]))
    say("ended", status)
    if status == 0:
        hand_out(spec["outputs"], project, out)
    return 0 if status == 0 else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
