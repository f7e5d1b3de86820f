# SPDX-License-Identifier: Apache-2.0
"""in-toto Statement v1: which files, by digest, and what is said of them.

https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from repro_action.codec.canonical import Json, compact
from repro_action.evidence.strict_json import EvidenceRefused, as_list, as_object, as_text, read_json
from repro_action.evidence.verified_run import VerifiedRun

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
MAX_SUBJECTS = 100_000

_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementSubject:
    """One file that a statement is about.

    Attributes:
        name: its path with `/`, or a name.
        sha256: 64 hexadecimal digits.
        path: of what has only a name, in the project; empty where that is the name.
    """

    name: str
    sha256: str
    path: str = ""

    @property
    def descriptor(self) -> dict[str, Json]:
        """The subject as a resource descriptor."""
        found: dict[str, Json] = {"name": self.name, "digest": {"sha256": self.sha256}}
        return {**found, "annotations": {"path": self.path}} if self.path else found


@dataclass(frozen=True, slots=True, kw_only=True)
class InTotoStatement:
    """What is said of some files.

    Attributes:
        subjects: at least one, names and digests.
        predicate_type: address of the page that says what the predicate means.
        predicate: as that page has it.
    """

    subjects: tuple[StatementSubject, ...]
    predicate_type: str
    predicate: Mapping[str, Json]

    def payload(self) -> bytes:
        """Return the bytes that are signed: the same for the same statement."""
        return compact(
            {
                "_type": STATEMENT_TYPE,
                "subject": [one.descriptor for one in self.subjects],
                "predicateType": self.predicate_type,
                "predicate": self.predicate,
            }
        ).encode("utf-8")


def subjects_of(run: VerifiedRun) -> tuple[StatementSubject, ...]:
    """Return the files of all products of a run."""
    return tuple(StatementSubject(name=file.path, sha256=file.sha256.value) for file in run.files)


def read_statement(payload: bytes) -> InTotoStatement:
    """Read what was signed.

    Raises:
        EvidenceRefused: it is no such statement.
    """
    value = read_json(payload, "the statement")
    if value.get("_type") != STATEMENT_TYPE:
        raise EvidenceRefused(
            f"the statement's type is {str(value.get('_type'))[:80]!r}, not {STATEMENT_TYPE}"
        )
    subjects = as_list(value.get("subject"), "the statement's list of subjects")
    if not subjects:
        raise EvidenceRefused("the statement is about no file")
    if len(subjects) > MAX_SUBJECTS:
        raise EvidenceRefused(f"the statement is about more than {MAX_SUBJECTS:,} files")
    read = tuple(map(_subject, subjects))
    if len({one.name for one in read}) != len(read):
        raise EvidenceRefused("the statement names a file twice")
    predicate: dict[str, Json] = as_object(value.get("predicate"), "the predicate")  # type: ignore[assignment]
    return InTotoStatement(
        subjects=read,
        predicate_type=as_text(value.get("predicateType"), "the predicate's type"),
        predicate=predicate,
    )


def _subject(raw: object) -> StatementSubject:
    value = as_object(raw, "a subject")
    name = as_text(value.get("name"), "a subject's name")
    digest = as_object(value.get("digest"), "a subject's digest")
    sha256 = digest.get("sha256")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise EvidenceRefused(f"the subject {name[:80]!r} has no SHA-256")
    notes = as_object(value.get("annotations", {}), "a subject's annotations")
    path = as_text(notes.get("path", ""), "a subject's path")
    return StatementSubject(name=name, sha256=sha256, path=path)
