"""Fixtures that every test runs under."""

import pytest


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch):
    """Terminal settings of the person who runs the tests change nothing."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
