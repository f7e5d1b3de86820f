# SPDX-License-Identifier: Apache-2.0
"""What a test does without a tool that it needs: skip on a laptop, fail where the tool is required."""

import os

import capabilities
import pytest


def absent(tool: str, reason: str) -> None:
    """Skip the test, or fail it where REPRO_TEST_REQUIRE names the tool."""
    if tool in os.environ.get("REPRO_TEST_REQUIRE", "").split(","):
        pytest.fail(f"{tool} is required: {reason}")
    pytest.skip(reason)


def require_enclosing(*mechanisms) -> None:
    """Go on where the kernel, or `bwrap`, gives what one of these mechanisms of the sandbox needs."""
    refusals = [capabilities.enclosing(one.name, processes=one.processes) for one in mechanisms]
    if all(refusals):
        absent("sandbox", "; ".join(refusals))
