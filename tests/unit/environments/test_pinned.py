# SPDX-License-Identifier: Apache-2.0
"""What the project pins beside what is installed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from repro_action.environments.pinned import unmet
from repro_action.interpreter.environment import Distribution
from repro_action.report.build.notices import pinned_notices

INSTALLED = SimpleNamespace(
    shared=True,
    distributions=[
        Distribution(name="numpy", version="2.4.0", record=None),
        Distribution(name="torch", version="2.1.0+cpu", record=None),
        Distribution(name="scikit-learn", version="1.9", record=None),
    ],
)


@pytest.mark.parametrize(
    "text",
    [
        "numpy==2.4.0",
        "numpy == 2.4  # same",
        "numpy==2.4.*",
        "numpy>=2.3",
        "torch==2.1.0",
        "torch==2.1.0+cpu",
        "Scikit_Learn==1.9.0 \\\n    --hash=sha256:00",
        "numpy==1.0; python_version < '3'",
        "absent==1.0",
        "-r other.txt\n--index-url x\n./folder\nnumpy @ file:x",
        "",
    ],
)
def test_what_is_met_is_not_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "requirements.txt").write_text(text)
    assert unmet(tmp_path, None, INSTALLED) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "scipy==1\nnumpy==2.3.5\n"),
        ("requirements.lock", "numpy==2.3.5 --hash=sha256:00 --hash=sha256:11\n"),
        ("requirements/base.txt", "numpy[extra]==2.3.5\n"),
        ("uv.lock", '[[package]]\nname = "numpy"\nversion = "2.3.5"\n'),
    ],
)
def test_another_version_is_named(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    (notice,) = pinned_notices(unmet(tmp_path, None, INSTALLED))
    assert (
        notice.what
        == f"the installed versions are not those that {name} pins: numpy 2.3.5 (installed: 2.4.0)"
    )


def test_a_lock_of_several_versions_is_met_by_each_of_them(tmp_path: Path) -> None:
    package = '[[package]]\nname = "numpy"\nversion = "{}"\n'
    (tmp_path / "uv.lock").write_text(package.format("1.26") + package.format("2.4.0"))
    assert unmet(tmp_path, None, INSTALLED) is None


def test_folders_above_count_as_far_as_the_repository(tmp_path: Path) -> None:
    project = tmp_path / "models" / "a"
    project.mkdir(parents=True)
    (tmp_path / "requirements.txt").write_text("numpy==2.3.5")
    assert unmet(project, None, INSTALLED) is None
    found = unmet(project, tmp_path, INSTALLED)
    assert found is not None
    assert found.path == "../../requirements.txt"


@pytest.mark.parametrize("data", [b"\xff\xfe", b"[[package]", b"package = 3"])
def test_what_cannot_be_read_is_passed_over(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "requirements.txt").write_bytes(data)
    (tmp_path / "uv.lock").write_bytes(data)
    assert unmet(tmp_path, None, INSTALLED) is None


def test_an_environment_that_repro_builds_is_what_its_lock_says(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("numpy==2.3.5")
    assert unmet(tmp_path, None, SimpleNamespace(shared=False, distributions=INSTALLED.distributions)) is None
