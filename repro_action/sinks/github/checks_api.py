# SPDX-License-Identifier: Apache-2.0
"""What is asked of GitHub about the checks of a commit."""

from __future__ import annotations

from typing import Any

from repro_action.sinks.github import converters as answers
from repro_action.sinks.github.client import Client
from repro_action.sinks.github.error_mapping import Needs
from repro_action.sinks.github.port import CheckContent, CheckRun
from repro_action.sinks.github.retry import Repeat

_CHECKS: Needs = {"checks": "read"}
_WRITE_CHECKS: Needs = {"checks": "write"}


class ChecksApi:
    """The checks of one repository; a part of `GitHub`, and with its errors."""

    _client: Client

    def checks(self, sha: str) -> tuple[CheckRun, ...]:
        """Return the checks of a commit, those of other apps among them."""
        listing = self._client.commit(sha).get_check_runs()
        return self._client.every("listing the checks of a commit", _CHECKS, listing, answers.check)

    def create_check(self, sha: str, content: CheckContent) -> CheckRun:
        """Make a check of a commit."""
        return self._client.ask(
            "writing a check",
            _WRITE_CHECKS,
            lambda: answers.check(
                self._client.repo.create_check_run(content.name, sha, **_check_values(content))
            ),
            Repeat.NEVER,
        )

    def update_check(self, check: int, content: CheckContent) -> CheckRun:
        """Replace what a check says; annotations are added to those that are there."""

        def edit() -> CheckRun:
            existing = self._client.check(check)
            existing.edit(**_check_values(content))
            return answers.check(existing)

        return self._client.ask("updating a check", _WRITE_CHECKS, edit, Repeat.SAME)


def _check_values(content: CheckContent) -> dict[str, Any]:
    """Return what PyGithub takes of a check."""
    notes: list[dict[str, str | int]] = [
        {
            "path": note.path,
            "start_line": note.line,
            "end_line": note.line,
            "annotation_level": note.level,
            "title": note.title,
            "message": note.message or note.title,
        }
        for note in content.notes
    ]
    output = {"title": content.title, "summary": content.summary, **({"annotations": notes} if notes else {})}
    url = {"details_url": content.url} if content.url else {}
    return {
        "conclusion": content.conclusion.value,
        "external_id": content.external_id,
        "output": output,
        **url,
    }
