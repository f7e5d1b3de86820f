# SPDX-License-Identifier: Apache-2.0
"""Golden cases of the report: `pytest tests/unit --update-golden` writes them anew."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from golden.comment.cases import CASES_OF_COMMENTS
from golden.report.cases import CASES

from repro_action.report.model import Report

GOLDEN = Path(__file__).parents[1] / "golden"
STARTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.exec", "os.system"}
NETWORK = {"socket.connect", "socket.getaddrinfo"}


class Guard:
    """What the test at hand may not do, and what it did of that.

    An audit hook stays for good, so it is set up once and asks here.
    """

    forbidden: frozenset[str] = frozenset()
    seen: tuple[str, ...] = ()

    @classmethod
    def audit(cls, event: str, arguments: tuple[object, ...]) -> None:
        if event in cls.forbidden:
            cls.seen += (f"{event}: {arguments[0]!r}",)
            raise PermissionError(f"tests in tests/unit do no {event}: see tests/README.md")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write tests/golden/report anew")


def pytest_configure(config: pytest.Config) -> None:
    sys.addaudithook(Guard.audit)
    if config.getoption("--update-golden", default=False) and os.environ.get("CI"):
        raise pytest.UsageError("--update-golden is not for CI: look at the new files, then commit them")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        chosen, but = (metafunc.definition.get_closest_marker(name) for name in ("cases", "all_cases_but"))
        left_out = but.args if but else ()
        metafunc.parametrize("case", chosen.args if chosen else sorted({*CASES} - {*left_out}))
    if "posted" in metafunc.fixturenames:
        metafunc.parametrize("posted", sorted(CASES_OF_COMMENTS))


@pytest.fixture(autouse=True)
def _values_only(request: pytest.FixtureRequest) -> Iterator[None]:
    """Rules are tested with values: no network, and no process without the marker that says so."""
    allowed = STARTS if request.node.get_closest_marker("processes") else set()
    Guard.seen, Guard.forbidden = (), frozenset(NETWORK | STARTS - allowed)
    yield
    Guard.forbidden = frozenset()
    assert () == Guard.seen


@pytest.fixture
def report(case: str) -> Report:
    return CASES[case]


@pytest.fixture
def cases() -> dict[str, Report]:
    return CASES


@pytest.fixture
def hold_golden(request: pytest.FixtureRequest):
    def hold(path: Path, actual: str) -> None:
        if request.config.getoption("--update-golden", default=False):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(actual, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == actual

    return hold


@pytest.fixture
def check_golden(hold_golden, case: str):
    return lambda name, actual: hold_golden(GOLDEN / "report" / case / name, actual)
