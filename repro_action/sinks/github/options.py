# SPDX-License-Identifier: Apache-2.0
"""When and under which name comments and issues are written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from repro_action.report.bundle import Bundle, Entry
from repro_action.report.sections.attention import calm
from repro_action.report.sections.names import NAMES
from repro_action.verdict import Verdict


class CommentMode(StrEnum):
    """When a comment is written."""

    CHANGES = "changes"
    """Where something differs; an existing comment is brought up to date."""
    ALWAYS = "always"
    FAILURES = "failures"
    """Where the job fails; an existing comment is brought up to date."""
    OFF = "off"


def changed(entry: Entry) -> bool:
    """Whether a reviewer has anything to look at: another result, other inputs, baseline or rules."""
    return entry.report.verdict is not Verdict.REPRODUCED or not calm(entry.report)


def any_change(bundle: Bundle) -> bool:
    """Whether a reviewer has anything to look at in any report, or a model is gone, moved or new."""
    return bool(bundle.models) or any(changed(entry) for entry in bundle.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishOptions:
    """How reports are published in a repository.

    Attributes:
        identity: of the comment; tells several of one pull request apart.
        mode: when one is written.
        fail_on: verdicts that fail the job.
        server: of this GitHub, for the link to the run.
        sections: names of the sections that a comment shows.
        fail_on_weakened: whether weaker rules fail the job.
        checks: whether each model has a check of its own.
        badge_branch: branch for badges; empty for none.
        badge_plots: whether plots are committed there, too.
    """

    identity: str
    mode: CommentMode
    fail_on: frozenset[Verdict]
    server: str = "https://github.com"
    sections: frozenset[str] = frozenset(NAMES)
    fail_on_weakened: bool = False
    checks: bool = False
    badge_branch: str = ""
    badge_plots: bool = False

    def wants(self, bundle: Bundle) -> bool:
        """Whether a comment is written where there is none; an existing one is always updated.

        Rules that are weaker than the base's are always commented on: a green job says less then.
        """
        match self.mode:
            case CommentMode.ALWAYS:
                return True
            case _ if bundle.weakened and self.mode is not CommentMode.OFF:
                return True
            case CommentMode.CHANGES:
                return any_change(bundle)
            case CommentMode.FAILURES:
                return any(entry.report.verdict in self.fail_on for entry in bundle.entries)
            case CommentMode.OFF:
                return False
