# SPDX-License-Identifier: Apache-2.0
"""uv as the installer of a virtual environment: several times faster than pip, to the same digest.

It is asked for what pip would do: the same indexes, all versions of all of them, hashes of every
file, and copies, so that no step can write into uv's cache through a link. What it cannot do, pip is
asked for.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from repro_action.environments.pip_settings import uv_settings

# uv's own variables could bring in files or versions that the lock does not name; these cannot.
_HARMLESS = re.compile(
    r"UV_(CACHE_DIR|OFFLINE|NATIVE_TLS|SYSTEM_CERTS|KEYRING_PROVIDER|INSECURE_HOST|HTTP_\w+|CONCURRENT_\w+"
    r"|(DEFAULT_|EXTRA_)?INDEX(_URL)?|INDEX_\w+_(USERNAME|PASSWORD)|FIND_LINKS)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UvInstall:
    """One installation by uv.

    Attributes:
        program: path of uv.
        options: that stand for pip's settings.
        variables: of its own that uv runs with, besides those of any installer.
    """

    program: str
    options: tuple[str, ...]
    variables: Mapping[str, str]

    def command(self, python: Path, lock: Path) -> list[str | Path]:
        """Return the command that installs a lock file for an interpreter."""
        return [
            *(self.program, "pip", "install", "--no-config", "--python", python),
            *("--require-hashes", "--link-mode", "copy", "--index-strategy", "unsafe-best-match"),
            *self.options,
            *("-r", lock),
        ]


def uv_install(environ: Mapping[str, str], prefix: Path, *, source_builds: bool = False) -> UvInstall | None:
    """Return how to install with uv; None where there is none, or pip's settings go beyond it.

    Args:
        environ: the caller's variables; PATH says where uv is, else it is looked for beside repro.
        prefix: of the interpreter that would run pip.
        source_builds: whether settings may ask to build packages.
    """
    program = shutil.which("uv", path=environ.get("PATH", "")) or shutil.which(
        "uv", path=str(Path(sys.executable).parent)
    )
    settings = uv_settings(environ, prefix) if program else None
    if program is None or settings is None:
        return None
    options, variables = settings
    if not source_builds:
        options = without_builds(options)
    kept = {name: value for name, value in environ.items() if _HARMLESS.fullmatch(name)}
    return UvInstall(program=program, options=tuple(options), variables={**kept, **variables})


def without_builds(options: list[str]) -> list[str]:
    """Leave out `--no-binary NAME`, which of one package counts more than `--only-binary :all:`."""
    pairs = [place for place, option in enumerate(options) if option == "--no-binary"]
    left_out = {index for place in pairs for index in (place, place + 1)}
    return [option for index, option in enumerate(options) if index not in left_out]
