# SPDX-License-Identifier: Apache-2.0
"""When and under which name comments and issues are written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from repro_action.report.bundle import Bundle, Entry
from repro_action.report.model import Flavour
from repro_action.report.sections.attention import baseline_moved
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
    report = entry.report
    plain = report.verdict is Verdict.REPRODUCED and report.flavour is not Flavour.MATERIALS
    return not plain or baseline_moved(report) or report.config_changes is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishOptions:
    """How reports are published in a repository.

    Attributes:
        identity: of the comment; tells several of one pull request apart.
        mode: when one is written.
        fail_on: verdicts that fail the job.
        server: of this GitHub, for the link to the run.
        sections: names of the sections that a comment shows.
    """

    identity: str
    mode: CommentMode
    fail_on: frozenset[Verdict]
    server: str = "https://github.com"
    sections: frozenset[str] = frozenset(NAMES)

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
                return bool(bundle.models) or any(changed(entry) for entry in bundle.entries)
            case CommentMode.FAILURES:
                return any(entry.report.verdict in self.fail_on for entry in bundle.entries)
            case CommentMode.OFF:
                return False
