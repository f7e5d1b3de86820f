# SPDX-License-Identifier: Apache-2.0
"""Logs one run by the library `wandb`; runs as a program of its own, and imports nothing of repro.

The library starts a server, waits for networks and has hooks at its end: here it can be ended. What is to be
logged is read from standard input, what became of it goes to standard output, both as JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

QUIET = {
    "console": "off",
    "silent": True,
    "symlink": False,
    "save_code": False,
    "disable_code": True,
    "disable_git": True,
    "x_disable_stats": True,
    "x_disable_meta": True,
    "x_disable_machine_info": True,
    "x_save_requirements": False,
}
"""Settings by which nothing is logged but what it was told."""


def main() -> None:
    """Log what standard input says."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever the library prints is no answer
    asked: dict[str, Any] = json.load(sys.stdin)
    with answers:
        json.dump(_log(asked), answers)


def _log(asked: Mapping[str, Any]) -> dict[str, str]:
    try:
        wandb = importlib.import_module("wandb")
        known = wandb.Settings.model_fields
    except (ImportError, AttributeError):
        # Without the library, a folder of this name, which it leaves in projects, is a package, too.
        return {"outcome": "absent"}
    settings = {**QUIET, **asked["settings"]}
    chosen = {name: value for name, value in settings.items() if name in known}
    try:
        if asked["mode"] == "online" and not _has_rights(wandb):
            return {"outcome": "rights"}
        run = wandb.init(
            settings=wandb.Settings(**chosen, mode=asked["mode"]), config=asked["config"], **asked["run"]
        )
        _write(run, asked)
    except Exception as error:  # noqa: BLE001 - whatever it raises is an answer
        # Its text may have an address with a user in it, or a part of a key: the class says enough.
        return {"outcome": "failed", "error": type(error).__name__}
    return {"outcome": "logged", "url": "" if asked["mode"] == "offline" else str(run.url or "")}


def _has_rights(wandb: Any) -> bool:
    """Whether the user is logged in, as the library itself finds out; it asks nobody."""
    try:
        return bool(wandb.login(verify=False))
    except wandb.errors.UsageError:
        return False


def _write(run: Any, asked: Mapping[str, Any]) -> None:
    run.summary.update(asked["summary"])
    for name, text in asked["files"].items():
        path = Path(run.dir, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        run.save(str(path), base_path=run.dir, policy="now")
    run.finish(exit_code=asked["exit"])


if __name__ == "__main__":
    main()
