# SPDX-License-Identifier: Apache-2.0
"""Wheels of one module, a lock of them, and a project whose environment is built of it without an index."""

from __future__ import annotations

import base64
import hashlib
import os
import sys
import zipfile
from pathlib import Path

import pytest

from repro_action.config.model import Config, EnvironmentConfig


def make_wheel(folder: Path, name: str, version: str) -> str:
    """Write a wheel of one module and one console script; return its line of a lock."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"VALUE = {version!r}\n\ndef main():\n    print(VALUE)\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name} = {name}:main\n",
    }
    rows = [f"{path},sha256={_hash(text)},{len(text)}" for path, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,"]) + "\n"
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path), text)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"{name}=={version} \\\n    --hash=sha256:{digest}\n"


def _hash(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    lines = [make_wheel(root, "alpha", "1.0"), make_wheel(root, "beta", "2.5")]
    (root / "requirements.lock").write_text("# locked\n" + "".join(lines))
    return root


def config_of(root: Path, lock: str = "requirements.lock") -> Config:
    environment = EnvironmentConfig(backend="venv", lock=lock, python=sys.executable)
    return Config(root=root, path=root / "repro.toml", name="m", environment=environment)


def variables(cache: Path, wheels: Path) -> dict[str, str]:
    pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_CONFIG_FILE": os.devnull}
    return {"PATH": os.environ["PATH"], "HOME": str(wheels), "REPRO_CACHE_DIR": str(cache), **pip}
