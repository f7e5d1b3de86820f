# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH101, PTH102, PTH103, PTH108, PTH112, PTH114, PTH115, PTH118, PTH123, PTH208, PTH211 -- a tree of links is made of texts, and starts without pathlib
"""Builds what `python.withPackages` builds: one tree of links, an interpreter that knows it, wrappers.

env.py OUT PYTHON MODULE… ; after nixpkgs' rules: the interpreter finds its prefix by the name it is
called by, and programs of modules learn of the environment from NIX_PYTHON variables.
"""

import os
import sys

OUT, PYTHON, *MODULES = sys.argv[1:]
MINOR = f"python{sys.version_info[0]}.{sys.version_info[1]}"


def merge(source, target):
    """Link a tree into another; two files of one name are a collision."""
    if not os.path.lexists(target):
        os.symlink(source, target)
    elif os.path.isdir(source) and os.path.isdir(target):
        if os.path.islink(target):
            first = os.readlink(target)
            os.unlink(target)
            os.mkdir(target)
            for name in sorted(os.listdir(first)):
                os.symlink(os.path.join(first, name), os.path.join(target, name))
        for name in sorted(os.listdir(source)):
            merge(os.path.join(source, name), os.path.join(target, name))
    elif os.path.realpath(source) != os.path.realpath(target):
        sys.exit(f"collision between {source} and {os.path.realpath(target)}")


def write(name, lines):
    path = os.path.join(OUT, "bin", name)
    with open(path, "w", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))
    os.chmod(path, 0o755)


shell = f"#!{os.environ['SHELL']}"
os.makedirs(os.path.join(OUT, "bin"))
for held in [PYTHON, *MODULES]:
    for name in sorted(os.listdir(held)):
        if name not in ("bin", "nix-support"):
            merge(os.path.join(held, name), os.path.join(OUT, name))
write(MINOR, [shell, "export PYTHONNOUSERSITE=true", f'exec -a "$0" {PYTHON}/bin/{MINOR} "$@"'])
for name in ("python", "python3"):
    os.symlink(MINOR, os.path.join(OUT, "bin", name))
for held in MODULES:
    programs = os.path.join(held, "bin")
    for name in sorted(os.listdir(programs)) if os.path.isdir(programs) else ():
        write(
            name,
            [
                shell,
                f"export NIX_PYTHONPREFIX={OUT}",
                f"export NIX_PYTHONEXECUTABLE={OUT}/bin/{MINOR}",
                f"export NIX_PYTHONPATH={OUT}/lib/{MINOR}/site-packages",
                "export PYTHONNOUSERSITE=true",
                f'exec {programs}/{name} "$@"',
            ],
        )
