"""What a test does without a tool that it needs: skip on a laptop, fail where the tool is required."""

import os

import pytest


def absent(tool: str, reason: str) -> None:
    """Skip the test, or fail it where REPRO_TEST_REQUIRE names the tool."""
    if tool in os.environ.get("REPRO_TEST_REQUIRE", "").split(","):
        pytest.fail(f"{tool} is required: {reason}")
    pytest.skip(reason)
