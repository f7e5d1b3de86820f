# SPDX-License-Identifier: Apache-2.0
"""What `repro check` answers: whether a deployed model is the one that was rebuilt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from repro_action.compare.containers import ModelMatch
from repro_action.report.model import Comparison, Notice
from repro_action.verdict import Verdict

__all__ = [
    "BytesAnswer",
    "CheckReport",
    "CheckedFile",
    "EarlierBaseline",
    "FoundBy",
    "LeftOut",
    "ModelMatch",
    "PlatformAnswer",
]


class FoundBy(StrEnum):
    """How it was decided which output of the project a file is."""

    NAMED = "named"
    """The user said so."""
    NAME = "name"
    CONTENT = "content"
    ONLY = "only"
    """It is the only output of its kind."""


class BytesAnswer(StrEnum):
    """What a comparison of bytes alone says."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"
    """The baseline has no digest of the file's bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Leaves that need no counterpart in another format, by a named rule."""

    rule: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFile:
    """One file or folder of the subject beside the output that it is.

    Attributes:
        path: in the subject.
        product: path of the output in the project.
        found_by: how that was decided.
        match: the answer.
        format, accepted_format: names of the readers.
        size: bytes of the file.
        sha256: of its bytes; empty of a folder.
        accepted_digest: of the bytes that were accepted.
        bytes: what comparing bytes says.
        leaves, accepted_leaves: one digest over all leaves of each side; empty where they do not correspond.
        corresponding: leaves that both sides have.
        identical: those of them that are the same.
        alone: leaves of the subject without a counterpart; `alone_count` says how many.
        accepted_alone: likewise, of what was accepted.
        left_out: what needs none, by rule.
        elsewhere: whether the subject has the values that lack a counterpart, under other names.
        folded: whether the baseline lists too little of it to be matched with another format.
        reason: why it was read as plain bytes; empty where it was read as its format.
    """

    path: str
    product: str
    found_by: FoundBy
    match: ModelMatch
    format: str
    accepted_format: str
    size: int
    sha256: str
    accepted_digest: str
    bytes: BytesAnswer
    leaves: str
    accepted_leaves: str
    corresponding: int
    identical: int
    alone: tuple[str, ...] = ()
    alone_count: int = 0
    accepted_alone: tuple[str, ...] = ()
    accepted_alone_count: int = 0
    left_out: tuple[LeftOut, ...] = ()
    elsewhere: bool = False
    folded: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformAnswer:
    """What the fingerprint of one platform class says."""

    platform: str
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierBaseline:
    """A committed baseline of the past whose model the subject is.

    Attributes:
        commit: that wrote it.
        ago: how many baselines before the one compared with; 1 for the one before.
        platform: class of it.
    """

    commit: str
    ago: int
    platform: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """Whether a subject is the model that was rebuilt. Nothing was trained for it.

    Attributes:
        version, command: of its document.
        tool: version of repro.
        name: the model's name.
        verdict: of the best platform class.
        subject: its address.
        resolved: what that named then.
        record: the registry's entry; empty where there is none.
        sha256: of the subject's bytes, where it is one file.
        commit: whose baseline it is compared with; empty where that is not committed.
        fingerprint: of that baseline.
        platform: class of the fingerprint that the answer is about.
        platforms: what each class says.
        files: what was compared.
        unmatched: files of a folder that hold values and are no output of the project.
        context: files of a folder that are not compared.
        comparison: what differs, where anything does.
        earlier: the accepted model of the past that it is.
        notes: what people should know of the subject.
        error: why nothing could be compared.
    """

    version: ClassVar[int] = 1
    command: ClassVar[str] = "check"

    tool: str
    name: str
    verdict: Verdict
    subject: str
    resolved: str
    record: str = ""
    sha256: str = ""
    commit: str = ""
    fingerprint: str = ""
    platform: str = ""
    platforms: tuple[PlatformAnswer, ...] = ()
    files: tuple[CheckedFile, ...] = ()
    unmatched: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    comparison: Comparison | None = None
    earlier: EarlierBaseline | None = None
    notes: tuple[str, ...] = ()
    error: Notice | None = None

    @property
    def exit_code(self) -> int:
        """Exit status of the command."""
        return self.verdict.exit_code
