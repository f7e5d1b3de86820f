# SPDX-License-Identifier: Apache-2.0
"""Mutants that change the environment: packages that are added, replaced, rebuilt, edited."""

from __future__ import annotations

import base64
import hashlib
import venv
from pathlib import Path

import numpy as np
from e2e.mutant import Edit, Material, Mutant, Place, chain, config, swap

from repro_action.fingerprint import MaterialKind as Kind
from repro_action.verdict import Verdict

WEIGHTS = Place("out/weights.npz", "['weights']")
GAIN = Material(Kind.PACKAGES, "gain")


def _own_environment(root: Path) -> None:
    """Give the project a virtual environment that borrows NumPy and can be changed."""
    venv.EnvBuilder(symlinks=True, with_pip=False).create(root / "env")
    borrowed = Path(np.__file__).parents[1]
    for pattern in ("numpy", "numpy.libs", "numpy-*.dist-info"):
        for entry in borrowed.glob(pattern):
            (_site(root) / entry.name).symlink_to(entry)
    config('backend = "current"', 'backend = "current"\npython = "env/bin/python"')(root)


def _site(root: Path) -> Path:
    return next((root / "env" / "lib").glob("python*/site-packages"))


def install(name: str, version: str, source: str) -> Edit:
    """Install a one-module distribution as an installer would: module, METADATA, RECORD with hashes."""

    def edit(root: Path) -> None:
        site = _site(root)
        for old in site.glob(f"{name}-*.dist-info/*"):
            old.unlink()
            if not any(old.parent.iterdir()):
                old.parent.rmdir()
        info = site / f"{name}-{version}.dist-info"
        info.mkdir()
        files = {
            f"{name}.py": source,
            f"{info.name}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        }
        records = []
        for path, text in files.items():
            (site / path).write_text(text, encoding="utf-8")
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            records.append(f"{path},sha256={digest},{len(text.encode())}\n")
        (info / "RECORD").write_text("".join([*records, f"{info.name}/RECORD,,\n"]), encoding="utf-8")

    return edit


_USES_GAIN = chain(
    _own_environment,
    install("gain", "1.0", "FACTOR = 1.0\n"),
    swap("train.py", "import numpy as np\n", "import gain\nimport numpy as np\n"),
    swap("train.py", "fit(inputs[train], ", "fit(inputs[train] * gain.FACTOR, "),
)


def _edit_in_place(root: Path) -> None:
    (_site(root) / "gain.py").write_text("FACTOR = 2.0\n", encoding="utf-8")


PACKAGES = [
    Mutant(
        name="package-added-unused",
        why="A package that no step imports cannot have changed anything: it is no material of this run.",
        before=_own_environment,
        after=install("bystander", "1.0", "VALUE = 1\n"),
        expected=Verdict.REPRODUCED,
    ),
    Mutant(
        name="package-updated",
        why="A dependency's release that changes numbers is the commonest cause of all.",
        before=_USES_GAIN,
        after=install("gain", "2.0", "FACTOR = 2.0\n"),
        expected=Verdict.CHANGED,
        materials=(GAIN,),
        places=(WEIGHTS,),
        step="train",
    ),
    Mutant(
        name="package-updated-and-a-bystander",
        why="Of two updates only the imported one can be guilty, so only it is listed.",
        before=chain(_USES_GAIN, install("bystander", "1.0", "VALUE = 1\n")),
        after=chain(install("gain", "2.0", "FACTOR = 2.0\n"), install("bystander", "2.0", "VALUE = 2\n")),
        expected=Verdict.CHANGED,
        materials=(GAIN,),
        places=(WEIGHTS,),
        step="train",
    ),
    Mutant(
        name="package-rebuilt",
        why="The same version with other content: a version number alone would call this `drifted`.",
        before=_USES_GAIN,
        after=install("gain", "1.0", "FACTOR = 3.0\n"),
        expected=Verdict.CHANGED,
        materials=(GAIN,),
        places=(WEIGHTS,),
        step="train",
    ),
    Mutant(
        name="package-edited-in-place",
        why="A file edited behind its RECORD's back is not a declared material: red, but blaming nobody.",
        before=_USES_GAIN,
        after=_edit_in_place,
        expected=Verdict.DRIFTED,
        acceptable=frozenset({Verdict.CHANGED, Verdict.FAILED}),
        materials=None,
        flaky=False,
        doubt="whether installed files are checked against their RECORD; naming `gain` would be better.",
    ),
]
