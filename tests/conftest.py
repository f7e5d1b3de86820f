"""Fixtures that every test runs under."""

import pytest

pytest_plugins = ["loopback.fixtures"]


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch):
    """Terminal settings of the person who runs the tests change nothing."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)


def pytest_make_parametrize_id(config, val, argname):  # noqa: ARG001 - pytest asks by these names
    """Name a case of bytes by its argument: archives hold the time, and two workers must agree on ids."""
    return argname if isinstance(val, bytes) else None
