# SPDX-License-Identifier: Apache-2.0
"""Make a virtual environment of one lock file: by uv in seconds, by pip where uv cannot be had.

    python requirements/install.py requirements/dev.txt .venv --editable --warm numpy,rich
    python requirements/install.py requirements/frameworks.txt .venv-frameworks --no-deps --warm torch,jax

uv is the one on PATH, or the hash-locked one of `uv.txt`, which pip installs into the new environment.
Both read the same hashes, so what is installed is the same. uv does not read pip's configuration: a
mirror, a folder of wheels or a certificate that is set for pip is handed on.
"""

import argparse
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
MINE = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "cert": "SSL_CERT_FILE",
    "trusted-host": "UV_INSECURE_HOST",
}
"""pip's option → the variable by which uv is told the same."""
PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--no-compile")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("lock", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument(
        "--no-deps", action="store_true", help="what the lock leaves out on purpose stays out"
    )
    parser.add_argument("--editable", action="store_true", help="install this repository, too")
    parser.add_argument(
        "--warm", metavar="MODULES", help="import these once: steps write no bytecode themselves"
    )
    asked = parser.parse_args()
    if sys.version_info < (3, 11):  # noqa: UP036  # this file runs in whatever `python3` is
        sys.exit("Python 3.11 or newer is needed; set PYTHON=…")
    locked = ["--require-hashes", "-r", str(asked.lock), *(["--no-deps"] if asked.no_deps else [])]
    own = ["--no-deps", "--no-build-isolation", "--editable", str(HERE.parent)] if asked.editable else []
    if not by_uv(asked.target, locked, own):
        by_pip(asked.target, locked, own)
    if asked.warm:
        # What is imported, and no more: compiling all that is installed takes ten times the installation.
        run(
            str(asked.target / "bin" / "python"),
            "-c",
            f"import sys; sys.dont_write_bytecode = False; import {asked.warm}",
        )


def by_uv(target: Path, locked: list[str], own: list[str]) -> bool:
    """Install by uv; returns whether that went well."""
    python = str(target / "bin" / "python")
    try:
        if found := shutil.which("uv"):
            run(found, "venv", "--quiet", "--clear", "--python", sys.executable, str(target))
        else:
            plain_environment(target)
            run(python, *PIP, "--require-hashes", "-r", str(HERE / "uv.txt"))
            found = str(target / "bin" / "uv")
        install = (found, "pip", "install", "--quiet", "--python", python)
        run(*install, "--index-strategy", "unsafe-best-match", *locked)
        if own:
            run(*install, *own)
    except (subprocess.CalledProcessError, OSError) as error:
        print(f"uv did not install {locked[2]} ({error}); pip does", file=sys.stderr)
        return False
    return True


def by_pip(target: Path, locked: list[str], own: list[str]) -> None:
    python = str(target / "bin" / "python")
    try:
        plain_environment(target)
        for arguments in filter(None, (locked, own)):
            run(python, *PIP, *arguments)
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)


def plain_environment(target: Path) -> None:
    """Make an environment that holds pip alone: Python 3.11 adds setuptools, which NumPy then imports."""
    run(sys.executable, "-m", "venv", "--clear", str(target))
    run(str(target / "bin" / "python"), "-m", "pip", "--quiet", "uninstall", "--yes", "setuptools")


def run(*command: str) -> None:
    environ = {**settings(), **os.environ}
    # Where the caller forbids bytecode, every step would compile all that it imports, each time.
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run(command, check=True, env=environ)


@cache
def settings() -> dict[str, str]:
    """Return pip's settings as uv's variables."""
    asked = subprocess.run(
        (sys.executable, "-m", "pip", "config", "list"), capture_output=True, text=True, check=False
    )
    values = {}
    for line in asked.stdout.splitlines():
        # `global.find-links='/wheels'`; those of the environment, `:env:.`, come first but count more.
        key, _, value = line.partition("=")
        section, _, option = key.rpartition(".")
        if option in MINE and (section == ":env:" or section in {"global", "install"}):
            values.setdefault(MINE[option], value.strip("'"))
    if "UV_FIND_LINKS" in values:
        values["UV_FIND_LINKS"] = ",".join(values["UV_FIND_LINKS"].split())
    return values


if __name__ == "__main__":
    main()
