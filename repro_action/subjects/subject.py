# SPDX-License-Identifier: Apache-2.0
"""A deployed model as files on this machine, and where its verdict may be written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from repro_action.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectFile:
    """One file of a subject.

    Attributes:
        path: relative to the subject, with `/`; its name where the subject is one file.
        place: where it lies on this machine.
        size: bytes.
        sha256: of its bytes.
    """

    path: str
    place: Path
    size: int
    sha256: Digest


class SubjectRecord(Protocol):
    """The entry of a registry that names a subject, such as a model version."""

    @property
    def label(self) -> str:
        """How people call it, such as `wine version 3`."""

    def write_verdict(self, tags: Mapping[str, str]) -> None:
        """Write tags such as `repro.verdict` to it.

        Raises:
            FetchError: the registry refuses.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedSubject:
    """What an address named, read at one moment.

    Attributes:
        address: of the subject, without logins.
        resolved: what it named then, such as `models:/wine/3` of an alias or an image by digest; the
            address itself where that is exact.
        files: ordered by path; of one file, that one.
        root: folder that holds a subject of several files; the file itself of one.
        record: entry of a registry; None where the address is of a file.
        notes: what people should know, such as a branch that can move.
    """

    address: str
    resolved: str
    files: tuple[SubjectFile, ...]
    root: Path
    record: SubjectRecord | None = None
    notes: tuple[str, ...] = field(default=())
