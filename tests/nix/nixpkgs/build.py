# SPDX-License-Identifier: Apache-2.0
"""Builds what `buildPythonApplication` builds: a wheel by its own backend, installed, checked, wrapped."""

import argparse
import configparser
import os
import subprocess
import sys
import zipfile
from pathlib import Path

MINOR = f"python{sys.version_info[0]}.{sys.version_info[1]}"
SITE = f"lib/{MINOR}/site-packages"

parser = argparse.ArgumentParser()
parser.add_argument("out", type=Path)
parser.add_argument("source")
for kind in ("build", "run", "tools", "imports"):
    parser.add_argument(f"--{kind}", nargs="*", default=[])
given = parser.parse_args()


def python(code, modules):
    path = os.pathsep.join(f"{module}/{SITE}" for module in modules)
    subprocess.run([sys.executable, *code], check=True, env={**os.environ, "PYTHONPATH": path})


# The wheel, by the build backend that pyproject.toml names; nothing comes from an index.
python(
    [
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        "dist",
        given.source,
    ],
    given.build,
)
(wheel,) = Path("dist").glob("*.whl")
site = given.out / SITE
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(site)
python(["-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(site)], [])

# Each requirement of the wheel is met by a dependency (pythonRuntimeDepsCheckHook).
check = """
import sys
from importlib.metadata import distributions
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
held = {canonicalize_name(one.metadata["Name"]): one.version for one in distributions()}
(own,) = distributions(path=[sys.argv[1]])
missing = [
    text for text in own.requires or []
    for need in [Requirement(text)]
    if (need.marker is None or need.marker.evaluate({"extra": ""}))
    and not (canonicalize_name(need.name) in held and need.specifier.contains(held[canonicalize_name(need.name)], prereleases=True))
]
sys.exit(f"not satisfied by dependencies: {missing}" if missing else 0)
"""
python(["-c", check, str(site)], [*given.run, *given.tools])
for name in given.imports:
    python(["-c", f"import {name}"], [str(given.out), *given.run])

# Programs find their modules wherever they are started from.
points = configparser.ConfigParser()
points.read(next(site.glob("*.dist-info/entry_points.txt")))
folders = [f"{held}/{SITE}" for held in [given.out, *given.run]]
for name, target in points["console_scripts"].items():
    module, function = target.split(":")
    program = given.out / "bin" / name
    program.parent.mkdir(exist_ok=True)
    program.write_text(
        f"#!{sys.executable}\nimport functools, site, sys\n"
        f"functools.reduce(lambda known, path: site.addsitedir(path, known), {folders!r}, site._init_pathinfo())\n"
        f"from {module} import {function}\nsys.exit({function}())\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
