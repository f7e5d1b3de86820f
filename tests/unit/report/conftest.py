# SPDX-License-Identifier: Apache-2.0
"""Golden cases of the report: `pytest tests/unit/report --update-golden` writes them anew."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

from repro_action.report.model import Report

GOLDEN = Path(__file__).parents[2] / "golden" / "report"


def _load_cases() -> dict[str, Report]:
    spec = importlib.util.spec_from_file_location("report_golden_cases", GOLDEN / "cases.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CASES


CASES = _load_cases()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write tests/golden/report anew")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--update-golden", default=False) and os.environ.get("CI"):
        raise pytest.UsageError("--update-golden is not for CI: look at the new files, then commit them")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", sorted(CASES))


@pytest.fixture
def report(case: str) -> Report:
    return CASES[case]


@pytest.fixture
def cases() -> dict[str, Report]:
    return CASES


@pytest.fixture
def check_golden(request: pytest.FixtureRequest, case: str):
    def check(name: str, actual: str) -> None:
        path = GOLDEN / case / name
        if request.config.getoption("--update-golden", default=False):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(actual, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == actual

    return check
