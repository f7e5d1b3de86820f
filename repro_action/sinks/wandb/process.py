# SPDX-License-Identifier: Apache-2.0
"""The process in which the library `wandb` logs a run: bounded in time, with the caller's own rights."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from repro_action.errors import SinkError

SECONDS = 60.0
"""For one run."""

BEGIN, END = 20.0, 30.0
"""Of these, for the server to know of the run, and to have all of it."""

_FOREIGN = re.compile(r"PYTHON.*|WANDB_.*")
_RIGHTS = frozenset(
    {
        *("WANDB_API_KEY", "WANDB_IDENTITY_TOKEN_FILE", "WANDB_CREDENTIALS_FILE"),
        *("WANDB_BASE_URL", "WANDB_APP_URL", "WANDB_CONFIG_DIR", "WANDB_INSECURE_DISABLE_SSL"),
    }
)
"""What of W&B's variables says who the user is, and where; the others describe another run."""

_LOGGER = Path(__file__).with_name("logger.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class WandbAnswer:
    """What became of a run.

    Attributes:
        outcome: `logged`, `absent` for no library, `rights` for nobody logged in, `failed`.
        url: where people see it; empty for nowhere.
        error: why it failed.
    """

    outcome: str
    url: str = ""
    error: str = ""


def log_run(
    python: str, request: Mapping[str, object], folder: Path, environ: Mapping[str, str]
) -> WandbAnswer:
    """Log a run by the library; it and its server are ended in time.

    Args:
        python: the interpreter that has the library.
        request: what `logger.py` reads.
        folder: an empty one, for what the library writes.
        environ: the caller's variables, with the rights.

    Raises:
        SinkError: its process cannot be started.
    """
    settings = {"init_timeout": BEGIN, "finish_timeout": END, "finish_timeout_raises": True}
    given = request["settings"]
    asked = {**request, "settings": {**settings, **(given if isinstance(given, dict) else {})}}
    try:
        process = subprocess.Popen(
            (python, "-P", str(_LOGGER)),
            cwd=folder,
            env=_variables(folder, environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise SinkError("the process for W&B cannot be started", why=error.strerror or "") from error
    try:
        output, _ = process.communicate(json.dumps(asked).encode(), SECONDS)
    except subprocess.TimeoutExpired:
        return WandbAnswer(outcome="failed", error=f"It took longer than {SECONDS:g} seconds.")
    finally:
        _end(process)
    return _answer(output)


def _variables(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in environ.items() if not _FOREIGN.fullmatch(name)}
    rights = {name: environ[name] for name in _RIGHTS if name in environ}
    own = {"WANDB_CACHE_DIR": str(folder), "WANDB_DATA_DIR": str(folder), "WANDB_ERROR_REPORTING": "false"}
    return {**kept, **rights, **own}


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and what it started, which its session has together."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


def _answer(output: bytes) -> WandbAnswer:
    try:
        found = json.loads(output)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return WandbAnswer(outcome="failed", error="The library ended without an answer.")
    return WandbAnswer(**{name: str(found.get(name, "")) for name in ("outcome", "url", "error")})
