# SPDX-License-Identifier: Apache-2.0
"""The hash-locked requirements file that a virtual environment is built from."""

from __future__ import annotations

import re
from dataclasses import dataclass

from repro_action.config.model import Config
from repro_action.digest import Digest, digest_bytes
from repro_action.errors import EnvironmentUnavailable

_MAX_BYTES = 16 << 20
_REMEDY = (
    "Write it with `uv pip compile --generate-hashes requirements.in -o requirements.lock` "
    "or `pip-compile --generate-hashes`."
)
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
# They bring in files that the lock's own digest would not cover.
_ELSEWHERE = ("-r", "--requirement", "-c", "--constraint", "-e", "--editable")


@dataclass(frozen=True, slots=True, kw_only=True)
class LockFile:
    """A lock file.

    Attributes:
        content: its bytes.
        digest: SHA-256 of them.
        names: normalized names of what it locks.
    """

    content: bytes
    digest: Digest
    names: frozenset[str]


def read_lock(config: Config) -> LockFile:
    """Read `environment.lock`.

    Raises:
        EnvironmentUnavailable: it is missing, or does not lock by hashes.
    """
    where = f"{config.path.name}: environment.lock"
    if not config.environment.lock:
        raise EnvironmentUnavailable(
            "the venv backend needs a lock file",
            remedy=f"Set lock under [environment]. {_REMEDY}",
            where=where,
        )
    path = config.root / config.environment.lock
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        text = content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EnvironmentUnavailable(
            f"the lock file {config.environment.lock} cannot be read",
            why=str(error),
            remedy=_REMEDY,
            where=where,
        ) from error
    if len(content) > _MAX_BYTES:
        raise EnvironmentUnavailable(
            f"the lock file {config.environment.lock} is larger than {_MAX_BYTES} bytes", where=where
        )
    names = frozenset(_checked(line, config.environment.lock) for line in requirements(text))
    return LockFile(content=content, digest=digest_bytes("sha256", content), names=names)


def requirements(text: str) -> list[str]:
    """Return the logical lines of a requirements file that ask for something, or include a file.

    Continued lines are joined, comments and options such as `--index-url` are left out
    (pip's documentation, "Requirements File Format").
    """
    joined = re.sub(r"\\\r?\n", " ", text)
    lines = [re.sub(r"(^|\s+)#.*$", "", line).strip() for line in joined.splitlines()]
    return [line for line in lines if line and (not line.startswith("-") or line.startswith(_ELSEWHERE))]


def _checked(line: str, path: str) -> str:
    shown = line.split(maxsplit=1)[0][:80]
    if line.startswith(_ELSEWHERE):
        raise EnvironmentUnavailable(
            f"{shown} in a lock file is not allowed",
            why="It names another file, whose content the lock's digest does not cover.",
            remedy=f"Let one file hold everything. {_REMEDY}",
            where=path,
        )
    name = _NAME.match(line)
    if name is None or "--hash=" not in line:
        raise EnvironmentUnavailable(
            f"{shown!r} is not locked by a hash",
            why="Without hashes an index could serve another file tomorrow.",
            remedy=_REMEDY,
            where=path,
        )
    return re.sub(r"[-_.]+", "-", name[0]).lower()
