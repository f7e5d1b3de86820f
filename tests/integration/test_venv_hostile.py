# SPDX-License-Identifier: Apache-2.0
"""Nothing that a locked package brings runs outside the enclosure of its build."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from integration.locked_wheels import config_of, variables
from required import require_enclosing

from repro_action.environments import backend_for
from repro_action.environments.building import build_enclosure
from repro_action.errors import ConfigError, EnvironmentUnavailable
from repro_action.interpreter.inspect import inspect
from repro_action.progress import Silent
from repro_action.sandbox.layout import EnclosureLayout
from repro_action.sandbox.mechanisms import Bubblewrap, Namespaces

BACKEND = """
import os, zipfile
SEEN = {seen!r}
def build_wheel(folder, *_, **__):
    lines = [f"token {{os.environ.get('MY_TOKEN')}} {{'user:pw' in str(dict(os.environ))}}"]
    for path in {hidden!r}:
        lines.append(f"{{path}} {{os.path.exists(path)}}")
    name = "evil-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as file:
        file.writestr("evil.py", "SEEN = " + repr(lines))
        file.writestr("evil-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: evil\\nVersion: 1.0\\n")
        file.writestr("evil-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        file.writestr("evil-1.0.dist-info/RECORD", "evil.py,,\\nevil-1.0.dist-info/RECORD,,\\n")
    try:
        open(SEEN, "w").write("ran outside")
    except OSError:
        pass
    return name
"""


@pytest.fixture
def sdist(tmp_path: Path) -> tuple[Path, Path]:
    """Return a folder with a source archive and a lock of it, and a file that its build tries to write."""
    root, seen = tmp_path / "project", tmp_path / "seen"
    source = root / "evil-1.0"
    source.mkdir(parents=True)
    hidden = [str(root / "requirements.lock"), str(Path.home())]
    (source / "be.py").write_text(BACKEND.format(seen=str(seen), hidden=hidden))
    (source / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n")
    (source / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "be"\nbackend-path = ["."]\n'
        '[project]\nname = "evil"\nversion = "1.0"\n'
    )
    (tmp_path / "index").mkdir()
    archive = shutil.make_archive(str(tmp_path / "index" / "evil-1.0"), "gztar", root, "evil-1.0")
    digest = hashlib.sha256(Path(archive).read_bytes()).hexdigest()
    (root / "requirements.lock").write_text(f"evil==1.0 --hash=sha256:{digest}\n")
    return root, seen


@pytest.mark.parametrize("more", [{}, {"PIP_PREFER_BINARY": "1"}, {"PIP_NO_BINARY": "evil"}])
def test_a_package_without_a_wheel_is_not_built(sdist, tmp_path, more):
    root, seen = sdist
    environ = {**variables(tmp_path / "cache", tmp_path / "index"), "MY_TOKEN": "s3cret", **more}
    with pytest.raises(EnvironmentUnavailable) as failure:
        backend_for(config_of(root), environ).prepare(config_of(root), Silent())
    assert not seen.exists()
    assert "allow-source-builds" in failure.value.remedy


@pytest.mark.parametrize("more", [{}, {"PIP_PREFER_BINARY": "1"}])
def test_a_build_that_is_allowed_is_enclosed(sdist, tmp_path, more):
    root, seen = sdist
    base = config_of(root)
    config = replace(base, environment=replace(base.environment, allow_source_builds=True))
    secrets = {
        "MY_TOKEN": "s3cret",
        "GITHUB_ENV": str(seen),
        "PIP_EXTRA_INDEX_URL": "https://user:pw@localhost:1",
    }
    environ = {**variables(tmp_path / "cache", tmp_path / "index"), **secrets, **more}
    require_enclosing(Namespaces(processes=False), Bubblewrap(processes=False))
    environment = backend_for(config, environ).prepare(config, Silent())
    (module,) = (environment.python.parent.parent / "lib").glob("python*/site-packages/evil.py")
    assert not seen.exists()
    assert "token None False" in module.read_text()
    assert f"{root / 'requirements.lock'} False" in module.read_text()


class Refused:
    """A mechanism as it is where `/proc` is masked: nothing starts in it."""

    name = "refused"

    def missing(self) -> str:
        return ""

    def command(self, _: EnclosureLayout) -> tuple[str, ...]:
        return ("false",)


@pytest.mark.parametrize(
    "kept", [Namespaces(processes=False), Bubblewrap(processes=False)], ids=lambda m: m.name
)
def test_where_proc_is_masked_a_build_is_enclosed_all_the_same(tmp_path, kept):
    folder, secret = tmp_path / "environment", tmp_path / "secret"
    folder.mkdir()
    secret.touch()
    base = inspect(Path(sys.executable), tmp_path / "cache").interpreter
    code = f"import os; print(os.path.exists({str(secret)!r}), os.access({str(folder)!r}, os.W_OK))"
    require_enclosing(kept)
    with build_enclosure(
        folder, base, sys.executable, {"PATH": os.environ["PATH"]}, mechanisms=(Refused(), kept)
    ) as (command, variables):
        done = subprocess.run(
            [*command, sys.executable, "-c", code],
            env=variables,
            capture_output=True,
            text=True,
            check=True,
        )
    assert "False True\n" == done.stdout


def make_odd_wheel(root: Path, files: dict[str, str]) -> None:
    """Write a wheel with these files, and its lock."""
    info = {
        "odd-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: odd\nVersion: 1\n",
        "odd-1.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = [f"{path},," for path in (*files, *info, "odd-1.dist-info/RECORD")]
    with zipfile.ZipFile(root / "odd-1-py3-none-any.whl", "w") as archive:
        for path, text in {**files, **info, "odd-1.dist-info/RECORD": "\n".join(rows)}.items():
            archive.writestr(path, text)
    digest = hashlib.sha256((root / "odd-1-py3-none-any.whl").read_bytes()).hexdigest()
    (root / "requirements.lock").write_text(f"odd==1 --hash=sha256:{digest}\n")


def test_a_path_file_of_a_wheel_is_not_run(tmp_path):
    make_odd_wheel(tmp_path, {"odd.pth": f"import os; open({str(tmp_path / 'mark')!r}, 'w')\n"})
    environ = variables(tmp_path / "cache", tmp_path)
    for _ in ("built", "found"):
        backend_for(config_of(tmp_path), environ).prepare(config_of(tmp_path), Silent())
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("more", [{}, {"PIP_PREFER_BINARY": "1"}])
def test_byte_code_of_a_wheel_is_replaced_by_that_of_its_source(tmp_path, more):
    planted = f"__pycache__/odd.{sys.implementation.cache_tag}.pyc"
    make_odd_wheel(tmp_path, {"odd.py": "VALUE = 1\n", planted: "planted", "broken.py": "def"})
    environ = {**variables(tmp_path / "cache", tmp_path), **more}
    made = backend_for(config_of(tmp_path), environ).prepare(config_of(tmp_path), Silent())
    (found,) = made.python.parent.parent.glob(f"lib/python*/site-packages/{planted}")
    assert importlib.util.MAGIC_NUMBER == found.read_bytes()[:4]


@pytest.mark.parametrize("more", [{}, {"PIP_PREFER_BINARY": "1"}])
def test_a_script_of_a_wheel_that_takes_the_place_of_python_is_not_run(tmp_path, more):
    text = f'#!/bin/sh\ntouch {tmp_path / "mark"}\nexec {sys.executable} "$@"\n'
    make_odd_wheel(tmp_path, {"odd-1.data/scripts/python": text})
    environ = {**variables(tmp_path / "cache", tmp_path), **more}
    for _ in ("built", "found"):
        with pytest.raises((ConfigError, EnvironmentUnavailable)):
            backend_for(config_of(tmp_path), environ).prepare(config_of(tmp_path), Silent())
    assert not (tmp_path / "mark").exists()
