# SPDX-License-Identifier: Apache-2.0
"""What a test does without a tool that it needs: skip on a laptop, fail where the tool is required."""

import os
from pathlib import Path

import capabilities
import pytest

TOOLS = Path(__file__).resolve().parents[1] / ".venv-tools"
"""What `make tools` makes."""


def absent(tool: str, reason: str) -> None:
    """Skip the test, or fail it where REPRO_TEST_REQUIRE names the tool."""
    if tool in os.environ.get("REPRO_TEST_REQUIRE", "").split(","):
        pytest.fail(f"{tool} is required: {reason}")
    pytest.skip(reason)


def program_of(extra: str, name: str = "python", *, package: str = "") -> Path:
    """Return a program of the environment that `make EXTRA` makes; without it, skip or fail as `absent` does.

    Args:
        extra: `tools` or `frameworks`.
        name: of the program.
        package: that has to be in the environment; empty for none.
    """
    environment = TOOLS.with_name(f".venv-{extra}")
    program = environment / "bin" / name
    if not program.exists() or not list(environment.glob(f"lib/*/site-packages/{package}")):
        absent(extra, f"there is no {package or name} in .venv-{extra}: run make {extra}")
    return program


def require_enclosing(*mechanisms) -> None:
    """Go on where the kernel, or `bwrap`, gives what one of these mechanisms of the sandbox needs."""
    refusals = [capabilities.enclosing(one.name, processes=one.processes) for one in mechanisms]
    if all(refusals):
        absent("sandbox", "; ".join(refusals))
