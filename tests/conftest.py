"""Fixtures that every test runs under."""

import signal

import pytest
from hypothesis import settings

pytest_plugins = ["loopback.fixtures", "acting"]


# How long an example takes says nothing on a machine that does other things, too.
settings.register_profile(
    "unhurried", settings.get_profile(settings.get_current_profile_name()), deadline=None
)
settings.load_profile("unhurried")

# A shell without job control starts what runs in the background with Ctrl-C ignored, `nohup` with
# the end of the terminal; what tests start would inherit that.
for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, usual)


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch):
    """Terminal settings of the person who runs the tests change nothing."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)


def pytest_make_parametrize_id(config, val, argname):
    """Name a case of bytes by its argument: archives hold the time, and two workers must agree on ids."""
    return argname if isinstance(val, bytes) else None
