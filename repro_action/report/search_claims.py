# SPDX-License-Identifier: Apache-2.0
"""What the record of a search for hyperparameters claims, and whether that is true."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class SearchQuestion(StrEnum):
    """What is asked of a record."""

    SAMPLER = "sampler"
    """Does the sampler, given the record, ask for these parameters again?"""
    WINNER = "winner"
    """Is the winner the best of the record?"""
    RETRAINED = "retrained"
    """Do trials that are trained again have the recorded values?"""


class ClaimState(StrEnum):
    """The answer to one question."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    """The record is false: the verification fails."""
    LOST = "lost"
    """The record itself shows why it cannot be so: it was resumed, or several workers made it."""
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchClaim:
    """One question about one search, and the answer.

    Attributes:
        search: path of the record; with the name of the study where it has several.
        text: what was found, in one sentence.
        why: the likely cause; empty where `text` says enough.
        remedy: what to do about it; empty where nothing is to be done.
    """

    search: str
    question: SearchQuestion
    state: ClaimState
    text: str
    why: str = ""
    remedy: str = ""


def refuted(claims: Iterable[SearchClaim]) -> tuple[SearchClaim, ...]:
    """Return the claims that are false."""
    return tuple(claim for claim in claims if claim.state is ClaimState.REFUTED)
