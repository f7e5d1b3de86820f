# SPDX-License-Identifier: Apache-2.0
"""The packages of a verified run's environment, as package URLs: https://github.com/package-url/purl-spec."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from repro_action.digest import Digest
from repro_action.evidence.verified_run import VerifiedRun
from repro_action.fingerprint import MaterialKind

_RECORDED = re.compile(r"(\S+) (?:record:([0-9a-f]+)|editable)")
_RESERVED = re.compile(rb"[^A-Za-z0-9._~-]")
_SEPARATORS = re.compile(r"[-_.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledPackage:
    """One package that steps could import.

    Attributes:
        name: normalized, as an index has it.
        version: as its metadata says; may be anything where `record` is empty.
        record: beginning of a digest of the list of its installed files; empty where it has none.
        locked: digests of the files that a lock lets it be installed from; any may be the one.
    """

    name: str
    version: str
    record: str
    locked: tuple[Digest, ...]

    @property
    def purl(self) -> str:
        """Its package URL."""
        return f"pkg:pypi/{_quoted(self.name)}@{_quoted(self.version)}"


def packages(run: VerifiedRun) -> Iterator[InstalledPackage]:
    """Yield the packages of the environment, ordered by name."""
    for raw, value in sorted(run.fingerprint.materials.get(MaterialKind.PACKAGES, {}).items()):
        name = _SEPARATORS.sub("-", raw).lower()
        match = _RECORDED.fullmatch(str(value))
        yield InstalledPackage(
            name=name,
            version=match[1] if match else str(value),
            record=(match[2] or "") if match else "",
            locked=run.locked.get(name, ()),
        )


def _quoted(text: str) -> str:
    # `urllib` is no module of the rules, which reach nothing outside.
    raw = text.encode("utf-8", "surrogatepass")
    return _RESERVED.sub(lambda found: b"%%%02X" % found[0][0], raw).decode("ascii")
