# SPDX-License-Identifier: Apache-2.0
"""What a statement must claim to be accepted: this commit, this model, these files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from repro_action.evidence.claims import Claims
from repro_action.evidence.strict_json import EvidenceRefused

_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedClaims:
    """What the user knows already.

    Attributes:
        commit: the first digits of the commit; empty for any.
        model: its name; empty for any.
        files: path → SHA-256 of what is there, None of what cannot be read as a file; None for not to
            compare them. Of a model's signature it lists all files, else those that were asked for.
    """

    commit: str = ""
    model: str = ""
    files: Mapping[str, str | None] | None = None


def check(claims: Claims, expected: ExpectedClaims) -> None:
    """Hold what a statement claims against what is known.

    Raises:
        EvidenceRefused: it is of another commit or model, or the files are others.
    """
    if expected.commit and not claims.commit:
        raise EvidenceRefused(
            f"a {claims.kind} names no commit", remedy="Check it without --commit, and a provenance with it."
        )
    if not claims.commit.startswith(expected.commit):
        raise EvidenceRefused(
            f"it is of commit {claims.commit[:12]}, not of {expected.commit[:12]}",
            why="A statement of another commit says nothing of this one.",
        )
    if expected.model and claims.model != expected.model:
        raise EvidenceRefused(f"it is of the model {claims.model[:80]!r}, not of {expected.model[:80]!r}")
    if expected.files is not None:
        _check_files(claims, expected.files)


def _check_files(claims: Claims, files: Mapping[str, str | None]) -> None:
    signed = {one.name: one.sha256 for one in claims.files}
    missing = [name for name in signed if files.get(name) is None]
    if missing:
        raise EvidenceRefused(
            f"it is about {_listed(missing)}, which is not there",
            why="A statement is accepted as a whole: of all its files.",
            remedy="Name the folder that holds them with --files.",
        )
    other = [name for name, digest in signed.items() if files[name] != digest]
    if other:
        raise EvidenceRefused(f"{_listed(other)} is not the file that was signed")
    beside = sorted(set(files) - set(signed)) if claims.whole else []
    if beside:
        raise EvidenceRefused(f"{_listed(beside)} is among the files and was not signed")


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(name[:120] for name in names[:_NAMED]) + more
