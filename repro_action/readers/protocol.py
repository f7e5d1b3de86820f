# SPDX-License-Identifier: Apache-2.0
"""What every artifact reader provides, and the bounds within which it works."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, Protocol

from repro_action.config.model import READING_MEMORY, READING_SECONDS
from repro_action.errors import ArtifactUnreadable
from repro_action.tree import LeafDigester, Tree

SHARE = 32
"""Part of `limits.reading_memory` that is `Limits.memory`: readers hold several things of that size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what reading one artifact may cost.

    Attributes:
        depth: nesting of containers.
        levels: archives inside archives.
        nodes: values made while parsing, shared ones counted once.
        memory: bytes that a reader may hold at once besides the arrays of the file itself.
        expanded: bytes that may come out of compressed data.
        work: parts of shared values that are looked at again, besides what the file's size allows.
        ratio: expanded bytes per compressed byte, once more than 64 MiB came out.
        seconds: time for one artifact.
    """

    depth: int = 200
    levels: int = 4
    nodes: int = 2_000_000
    memory: int = READING_MEMORY // SHARE
    expanded: int = 16 << 30
    ratio: int = 200
    work: int = 1_000_000
    seconds: float = READING_SECONDS

    @classmethod
    def of(cls, *, memory: int, seconds: float) -> Limits:
        """Return those that a configuration sets; less memory than the default leaves what readers hold."""
        return cls(memory=max(cls.memory_of(READING_MEMORY), cls.memory_of(memory)), seconds=seconds)

    @staticmethod
    def memory_of(allowance: int) -> int:
        """Return what readers may hold of the memory that a configuration allows."""
        return allowance // SHARE


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """What is asked of reading an artifact; trees are compared only where they were read alike.

    Attributes:
        algorithm: the content algorithm.
        statistics: whether to summarize numeric arrays.
        tables: whether JSON records are read as columns; False as earlier releases read them.
        printed: whether it is what a step printed.
        search: whether the record of a search is wanted, as one text: `repro_action.readers.searches`.
    """

    algorithm: str = "blake3"
    statistics: bool = True
    tables: bool = True
    printed: bool = False
    search: bool = False


DEFAULT_OPTIONS = ReadOptions()

TOO_LARGE = "reading it takes more memory than is allowed (limits.reading_memory)"


def too_large(what: str, limit: str) -> ArtifactUnreadable:
    """Return the error of content that a limit of memory keeps from being read as leaves.

    Args:
        what: is too large, with its size.
        limit: the most that would be read.
    """
    return ArtifactUnreadable(
        f"too large to be read as leaves: {what}; the limit is {limit} (raise limits.reading_memory)"
    )


def size_text(nbytes: int) -> str:
    """Return a number of bytes in the largest unit of 1024 that it fills; rounded down."""
    for power, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if nbytes >> power:
            whole, tenth = divmod((10 * nbytes) >> power, 10)
            return f"{whole}.{tenth} {unit}" if tenth and whole < 100 else f"{whole} {unit}"
    return f"{nbytes} bytes"


def too_slow(seconds: float) -> str:
    """Return the reason why an artifact was not read within its time."""
    return f"reading it takes more than {seconds:g} s (limits.reading_seconds)"


class Source(Protocol):
    """Bytes with a name: a file, or a member of an archive."""

    @property
    def name(self) -> str:
        """File name with its extensions, for recognition only."""

    @property
    def size(self) -> int:
        """Length in bytes."""

    def open(self) -> BinaryIO:
        """Open for reading from the start; seekable; the caller closes it."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """A regular file."""

    path: Path

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def size(self) -> int:
        """The file's length in bytes."""
        return self.path.stat().st_size

    def open(self) -> BinaryIO:
        """Open the file."""
        return self.path.open("rb")


@dataclass(frozen=True, slots=True)
class BytesSource:
    """Bytes in memory, such as a small archive member."""

    name: str
    data: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """Length in bytes."""
        return len(self.data)

    def open(self) -> BinaryIO:
        """Open the bytes."""
        return io.BytesIO(self.data)


@dataclass(slots=True)
class Meter:
    """Counts over all levels of one artifact.

    Attributes:
        expanded: bytes that came out of compressed data.
        work: parts of values that were looked at; contents that are shared count each time.
        earned: work that the artifact's size allows, besides `Limits.work`.
    """

    expanded: int = 0
    work: int = 0
    earned: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderWatch:
    """What somebody else does about the files of a folder while they are read.

    Attributes:
        entered: called with the path in the folder and the size of each file before it is read.
        skipped: path in the folder → why that file is taken as bytes.
    """

    entered: Callable[[str, int], None]
    skipped: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadContext:
    """What a reader needs besides the source.

    Attributes:
        limits: bounds; exceeding one is an `ArtifactUnreadable` that names it.
        digester: makes leaf digests of the configured algorithm.
        statistics: whether to compute `Statistics`; `diff` does so only where leaves differ.
        deadline: `time.monotonic()` after which reading stops.
        nest: reads a member of an archive with the whole registry.
        level: how many archives enclose this source.
        meter: shared by every level.
        watch: of the files of a folder.
        tables: whether JSON records are read as columns; False as earlier releases read them.
    """

    limits: Limits = field(default_factory=Limits)
    digester: LeafDigester = field(default_factory=LeafDigester)
    statistics: bool = True
    deadline: float = float("inf")
    nest: Callable[[Source, ReadContext], Tree] | None = None
    level: int = 0
    meter: Meter = field(default_factory=Meter, compare=False)
    watch: FolderWatch | None = None
    tables: bool = True

    def again(self) -> ReadContext:
        """Return what reading a part once more needs, when leaves are compared: time and bytes count anew."""
        return replace(self, statistics=False, deadline=float("inf"), meter=Meter())

    def descend(self, source: Source) -> Tree:
        """Read something inside the current source.

        Raises:
            ArtifactUnreadable: too many levels, or nothing that reads members is there.
        """
        if self.nest is None or self.level >= self.limits.levels:
            raise ArtifactUnreadable(f"archives are nested more than {self.limits.levels} levels deep")
        return self.nest(source, replace(self, level=self.level + 1))

    def expand(self, out: int) -> None:
        """Count `out` bytes that came out of compressed data; check them and the time.

        Raises:
            ArtifactUnreadable: more came out than the limit allows, or time is up.
        """
        self.meter.expanded += out
        if self.meter.expanded > self.limits.expanded:
            raise ArtifactUnreadable(f"the compressed data expands to more than {self.limits.expanded} bytes")
        self.check_time()

    def earn(self, *, parts: int = 0, nbytes: int = 0) -> None:
        """Allow the work that so many written values and bytes make, and a few times more."""
        self.meter.earned += 4 * parts + (nbytes >> 4)

    def spend(self, work: int) -> None:
        """Count work that what a file refers to many times makes each time.

        Raises:
            ArtifactUnreadable: it is out of proportion to the file.
        """
        self.meter.work += work
        if self.meter.work > self.limits.work + self.meter.earned:
            raise ArtifactUnreadable("it refers to the same contents too often")

    def check_time(self) -> None:
        """Raise ArtifactUnreadable once the deadline has passed.

        Raises:
            ArtifactUnreadable: it has.
        """
        if time.monotonic() > self.deadline:
            raise ArtifactUnreadable(too_slow(self.limits.seconds))


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedFiles:
    """Several files that are read as one.

    Attributes:
        name: of the model.
        files: their names.
        tree: what they hold.
    """

    name: str
    files: frozenset[str]
    tree: Tree


class Reader(Protocol):
    """Turns the bytes of one format into a tree of leaves, without executing anything.

    A reader is one short file and one line in `repro_action.readers.READERS`.
    """

    name: str

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Say whether `source` looks like this format; `head` is its first 512 bytes."""

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the tree.

        Raises:
            ArtifactUnreadable: malformed, or beyond a limit; the registry then reads plain
                bytes and keeps the reason.
        """
