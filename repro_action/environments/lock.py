# SPDX-License-Identifier: Apache-2.0
"""The hash-locked requirements file that a virtual environment is built from.

It is text from a pull request. The installer never sees it: each line is read here, and what an installer
gets is written anew, one plain requirement a line, so that no two readings of one file can differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from repro_action.config.model import Config
from repro_action.digest import Digest, digest_bytes
from repro_action.errors import EnvironmentUnavailable

_MAX_BYTES = 16 << 20
_REMEDY = (
    "Write it with `uv pip compile --generate-hashes requirements.in -o requirements.lock` "
    "or `pip-compile --generate-hashes`."
)
# https://packaging.python.org/specifications/{name-normalization,version-specifiers}
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_VERSION = (
    r"v?(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*"
    r"(?:[-_.]?(?:alpha|a|beta|b|preview|pre|c|rc)[-_.]?[0-9]*)?"
    r"(?:-[0-9]+|[-_.]?(?:post|rev|r)[-_.]?[0-9]*)?(?:[-_.]?dev[-_.]?[0-9]*)?"
    r"(?:\+[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*)?"
)
_REQUIREMENT = re.compile(
    rf"(?P<name>{_NAME})\s*(?:\[(?P<extras>[A-Za-z0-9._,\s-]*)\])?\s*={{2,3}}\s*(?P<version>(?i:{_VERSION}))"
    r"\s*(?:;\s*(?P<marker>[A-Za-z0-9_.,()<>=!~*+'\" -]+?))?\s*",
)
_HASHES = re.compile(
    r"\s--hash(?:=|\s+)(sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})(?=\s|$)"
)
_COMMENT = re.compile(r"(^|\s+)#.*$")
# What a lock may say of itself; each only makes an installation stricter, and is set by repro anyway.
_STRICT = re.compile(r"--require-hashes|--only-binary(=|\s+)\S+|--prefer-binary")
# pip takes a requirement that ends like this for a file, if there is one.
_ARCHIVES = (".zip", ".whl", ".tar", ".gz", ".tgz", ".bz2", ".tbz", ".xz", ".txz", ".tlz", ".lz", ".lzma")


@dataclass(frozen=True, slots=True, kw_only=True)
class LockFile:
    """A lock file.

    Attributes:
        digest: SHA-256 of its bytes.
        requirements: what it locks, in the one form that installers are given.
        names: normalized names of what it locks.
    """

    digest: Digest
    requirements: tuple[str, ...]
    names: frozenset[str]

    @property
    def text(self) -> str:
        """The file that an installer is given."""
        return "".join(f"{line}\n" for line in self.requirements)


def read_lock(config: Config) -> LockFile:
    """Read `environment.lock`.

    Raises:
        EnvironmentUnavailable: it is missing, does not lock by hashes, or asks for more than packages.
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
        text = content.decode("utf-8-sig")
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
    read = [_requirement(line, config.environment.lock) for line in logical_lines(text)]
    wanted = [found for found in read if found is not None]
    return LockFile(
        digest=digest_bytes("sha256", content),
        requirements=tuple(line for _, line in wanted),
        names=frozenset(name for name, _ in wanted),
    )


def logical_lines(text: str) -> Iterator[str]:
    r"""Yield the lines of a requirements file as pip reads them, without comments.

    A backslash at the end of a line continues it, but not at the end of a comment, which has ended there
    already (pip's `req_file.py`, `join_lines`, then `ignore_comments`).
    """
    parts: list[str] = []
    for line in text.splitlines():
        comment = _COMMENT.match(line) is not None
        if line.endswith("\\") and not comment:
            parts.append(line.strip("\\"))
            continue
        # The space keeps it a comment once it is joined to what stands before.
        yield from _without_comment("".join([*parts, f" {line}" if comment else line]))
        parts = []
    yield from _without_comment("".join(parts))


def _without_comment(line: str) -> Iterator[str]:
    found = _COMMENT.sub("", line).strip()
    if found:
        yield found


def _requirement(line: str, path: str) -> tuple[str, str] | None:
    """Return the normalized name and the plain form of a requirement; None for what repro sets itself.

    Raises:
        EnvironmentUnavailable: it is anything else.
    """
    if line.startswith("-"):
        if _STRICT.fullmatch(line):
            return None
        raise _refused(
            line,
            path,
            "It brings in files that the lock's digest does not cover, or changes where packages come from.",
            "An index is set for the whole machine: PIP_INDEX_URL or pip.conf.",
        )
    hashes = _HASHES.findall(line)
    body = _HASHES.sub(" ", line).strip()
    found = _REQUIREMENT.fullmatch(body)
    if found is None or not hashes:
        raise _explained(line, body, path, hashed=bool(hashes))
    name, marker = found["name"], found["marker"]
    extras = f"[{','.join(part.strip() for part in found['extras'].split(','))}]" if found["extras"] else ""
    if f"{name}{extras}=={found['version']}".lower().endswith(_ARCHIVES):
        raise _explained(line, body, path, hashed=True)
    ending = "".join(f" --hash={one}" for one in dict.fromkeys(hashes))
    plain = f"{name}{extras}=={found['version']}{f' ; {marker}' if marker else ''}{ending}"
    return re.sub(r"[-_.]+", "-", name).lower(), plain


def _explained(line: str, body: str, path: str, *, hashed: bool) -> EnvironmentUnavailable:
    if "/" in body or "@" in body or body.lower().split(";")[0].strip().endswith(_ARCHIVES):
        why = "It names a file or an address; only packages of an index, each with `==`, can be locked."
        return _refused(line, path, why)
    if hashed:
        return _refused(line, path, "It is not of the form `name==version ; marker --hash=sha256:…`.")
    return EnvironmentUnavailable(
        f"{_shown(line)!r} is not locked by a hash",
        why="Without hashes an index could serve another file tomorrow.",
        remedy=_REMEDY,
        where=path,
    )


def _refused(line: str, path: str, why: str, more: str = "") -> EnvironmentUnavailable:
    return EnvironmentUnavailable(
        f"{_shown(line)} in a lock file is not allowed",
        why=why,
        remedy=f"{more} Put everything into one file. {_REMEDY}".strip(),
        where=path,
    )


def _shown(line: str) -> str:
    return line.split(maxsplit=1)[0][:80]
