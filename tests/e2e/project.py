"""Projects in temporary folders, and `repro` as the process that people run."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import forked

LEFT_OUT = shutil.ignore_patterns("out", ".repro", "__pycache__", "repro.baseline.json")
KEPT = (
    "PATH",
    "HOME",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "PIP_CONFIG_FILE",
    "PIP_INDEX_URL",
    "SSL_CERT_FILE",
    "LD_LIBRARY_PATH",
)


@dataclass(frozen=True)
class Ended:
    """What a command left: exit status, the two streams, and the JSON document if there is one."""

    status: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


def environment(cache: Path | None = None, **more: str) -> dict[str, str]:
    """Return a small environment, so that nothing of the person who tests leaks in."""
    table = {name: value for name, value in os.environ.items() if name in KEPT or name.startswith("PIP_")}
    if cache is not None:
        table["REPRO_CACHE_DIR"] = str(cache)
    return {**table, **more}


def copy(source: Path, target: Path, *, baseline: bool = False) -> Path:
    """Copy a project without what running it made."""
    ignore = shutil.ignore_patterns("out", ".repro", "__pycache__") if baseline else LEFT_OUT
    shutil.copytree(source, target, ignore=ignore, symlinks=True)
    return target


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "repro_action", *arguments]


def repro(root: Path, *arguments: str, timeout: float = 240, **more: str) -> Ended:
    """Run `repro` in a project and wait for it."""
    done = forked.run([*arguments], cwd=root, env=environment(**more), timeout=timeout)
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


def git(root: Path, *arguments: str) -> str:
    """Run git in a project, as a person with a name."""
    named = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *named, *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout
