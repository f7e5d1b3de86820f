# SPDX-License-Identifier: Apache-2.0
"""The worked example of docs/extending.md: built, installed beside repro, and run as people run it."""

from __future__ import annotations

import json
import os
import re
import site
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import repro_action

PAGE = Path(repro_action.__file__).parents[1] / "docs" / "extending.md"
TRAIN = """\
import os, struct
folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "out")
os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, "model.grid"), "wb") as file:
    file.write(b"\\0GRID" + struct.pack("<II2f", 1, 2, 0.5, {value}))
"""
CONFIG = """\
version = 1
name = "grid"
[environment]
backend = "acme.prefix"
python = "{prefix}"
[[steps]]
name = "train"
run = ["python", "train.py"]
inputs = ["train.py"]
outputs = ["out/model.grid"]
"""
EVIL = "from pathlib import Path\nPath({mark!r}).touch()\n\nclass Reader:\n    version = '1'\n"


def files() -> dict[str, str]:
    """Return the files that the page shows, by the path in their first line."""
    blocks = re.findall(
        r"^```(?:toml|python)\n# (\S+)\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    return dict(blocks)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an interpreter that has repro, and the example installed beside it."""
    top = tmp_path_factory.mktemp("extending")
    for name, text in files().items():
        (top / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        (top / "source" / name).write_text(text, encoding="utf-8")
    build = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(top)], cwd=top / "source", check=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", top / "venv"], check=True)
    (packages,) = (top / "venv" / "lib").glob("python*/site-packages")
    (wheel,) = top.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    folders = [*site.getsitepackages(), str(Path(repro_action.__file__).parents[1])]
    (packages / "repro.pth").write_text("\n".join(folders), encoding="utf-8")
    return top / "venv" / "bin" / "python"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "repro.toml").write_text(CONFIG.format(prefix=sys.prefix), encoding="utf-8")
    (root / "train.py").write_text(TRAIN.format(value="0.25"), encoding="utf-8")
    return root


def repro(python: Path, root: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(root.parent),
        "REPRO_CACHE_DIR": str(root.parent / "cache"),
        "ACME_NOTES": str(root.parent / "notes"),
        **more,
    }
    command = [python, "-m", "repro_action", *arguments]
    return subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, check=False)


def test_reader_sink_and_backend_of_another_package_work_together(python: Path, project: Path) -> None:
    done = repro(python, project, "verify", "--json", "--sink", "acme.notes")
    assert "no_baseline" == json.loads(done.stdout)["verdict"], done.stderr
    assert (project.parent / "notes" / "repro.toml.txt").read_text("utf-8").startswith("no_baseline: ")
    assert 0 == repro(python, project, "accept").returncode
    baseline = (project / "repro.baseline.json").read_text("utf-8")
    assert '"acme.grid/1.0"' in baseline
    assert re.search(r'"leaf1-blake3-[0-9a-f]{12}:', baseline)
    assert 0 == repro(python, project, "verify").returncode
    (project / "train.py").write_text(TRAIN.format(value="0.75"), encoding="utf-8")
    changed = repro(python, project, "verify")
    assert 1 == changed.returncode
    assert "values" in changed.stdout
    assert "the prefix is" in repro(python, project, "doctor").stdout


def test_a_sink_that_fails_leaves_the_verdict_and_is_named(python: Path, project: Path) -> None:
    (project.parent / "notes").touch()
    done = repro(python, project, "verify", "--sink", "acme.notes")
    assert 3 == done.returncode
    assert "the sink acme.notes failed" in done.stderr


def test_nothing_of_a_projects_folder_is_an_extension(python: Path, project: Path) -> None:
    info = project / "evil-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1\n")
    points = "".join(
        f"[repro_action.{group}]\nevil.it = evil:Reader\n" for group in ("readers", "sinks", "environments")
    )
    (info / "entry_points.txt").write_text(points)
    (project / "evil.py").write_text(EVIL.format(mark=str(project.parent / "mark")))
    done = repro(python, project, "verify", "--sink", "evil.it", PYTHONPATH=str(project))
    assert "evil.it is not installed" in done.stderr
    assert 3 == repro(python, project, "verify", PYTHONPATH=str(project)).returncode
    assert not (project.parent / "mark").exists()


def test_a_backend_that_is_not_installed_says_what_to_do(project: Path) -> None:
    done = repro(Path(sys.executable), project, "verify")
    assert 2 == done.returncode
    assert "acme.prefix is not installed" in done.stdout
