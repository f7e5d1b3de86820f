# SPDX-License-Identifier: Apache-2.0
"""One check run a model, whose conclusion branch rules can require: of the newest run, at the commit's head.

A check is known by its name, the commit, and an identifier with the number of the run that wrote it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from repro_action.errors import SinkError
from repro_action.report.bundle import Bundle, Entry, severity
from repro_action.report.render import labels
from repro_action.report.render.annotations import Annotation, Level
from repro_action.report.render.annotations import annotations as annotations_of
from repro_action.report.render.markdown.comment import render
from repro_action.report.sections.lead import lead
from repro_action.sinks.github.context import context_of
from repro_action.sinks.github.options import PublishOptions
from repro_action.sinks.github.port import (
    CheckConclusion,
    CheckContent,
    CheckRun,
    LineNote,
    PullRequest,
    Uncertain,
)
from repro_action.sinks.protocol import Delivery, Publication
from repro_action.sinks.settings import SinkSettings
from repro_action.text import clean
from repro_action.verdict import Verdict

if TYPE_CHECKING:
    from repro_action.sinks.github.adapter import GitHub

CHECKS = 256
"""Checks of one bundle, as many as a matrix has jobs; the worst come first."""

TITLE = 200
NAME = 120
SUMMARY = 60_000
"""UTF-8 bytes of a summary; GitHub takes 65,535 characters."""

_EXTERNAL = re.compile(r"repro-action:(0|[1-9][0-9]{0,17})\.(0|[1-9][0-9]{0,8})")
_LEVELS = {Level.ERROR: "failure", Level.WARNING: "warning", Level.NOTICE: "notice"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChecks:
    """Writes or updates the checks.

    Attributes:
        connect: makes the way to GitHub.
        options: which verdicts fail, and under which identity.
        pull: whose head is checked; None for the commit of the publication.
        untrusted: whether the numbers come from people without write access: then nothing succeeds.
        annotated: whether the runner shows findings at their lines already.
    """

    connect: Callable[[], GitHub]
    options: PublishOptions
    pull: PullRequest | None = None
    untrusted: bool = False
    annotated: bool = False
    name: str = "checks"

    @classmethod
    def of(cls, settings: SinkSettings) -> ModelChecks:
        """Return the sink for the job of the settings.

        Raises:
            SinkError: there is no way to GitHub.
        """
        if settings.connect is None or settings.options is None:
            raise SinkError("there is no repository whose commits could be checked")
        pull = settings.pull
        return cls(
            connect=settings.connect,
            options=settings.options,
            pull=pull,
            untrusted=pull is not None and pull.from_fork,
            annotated=settings.annotated,
        )

    def publish(self, publication: Publication) -> Delivery:
        """Write a check for each model, and leave those of a newer run.

        Raises:
            CodeHostError: it could not be made sure; `NotPermitted` names the missing permission.
        """
        sha = self.pull.head_sha if self.pull is not None else publication.commit
        contents = self.contents(replace(publication, commit=sha))
        if not contents:
            return Delivery(sink=self.name, outcome="skipped")
        host = self.connect()
        present, age = _ours(host, sha), (publication.run, publication.attempt)
        urls = [_settled(host, sha, content, age, present.get(content.name)) for content in contents]
        return Delivery(sink=self.name, url=urls[0])

    def contents(self, publication: Publication) -> tuple[CheckContent, ...]:
        """Return what the checks say, the worst first."""
        bundle = publication.bundle
        names = _names(bundle, self.options.identity)
        worst = sorted(bundle.entries, key=lambda entry: -severity(entry.report.verdict))
        return tuple(self._content(entry, names[entry.key], publication) for entry in worst[:CHECKS])

    def _content(self, entry: Entry, name: str, publication: Publication) -> CheckContent:
        alone = replace(publication.bundle, entries=(entry,), models=(), plan=None)
        context = replace(context_of(publication), untrusted=self.untrusted, sections=self.options.sections)
        return CheckContent(
            name=name,
            conclusion=self.conclusion(entry),
            title=_title(entry),
            summary=render(alone, context, budget=SUMMARY),
            notes=() if self.annotated else _notes(annotations_of(entry, "")),
            url=publication.run_url,
            external_id=f"repro-action:{publication.run}.{publication.attempt}",
        )

    def conclusion(self, entry: Entry) -> CheckConclusion:
        """Return `failure` for what fails the job, `success` for what reproduced, and else `neutral`.

        A fork's author could write `reproduced` into its report, which is not called a success for that.
        """
        report = entry.report
        rules = report.config_changes
        weakened = self.options.fail_on_weakened and rules is not None and rules.weakened
        if report.verdict in self.options.fail_on or weakened:
            return CheckConclusion.FAILURE
        trusted = report.verdict is Verdict.REPRODUCED and not self.untrusted
        return CheckConclusion.SUCCESS if trusted else CheckConclusion.NEUTRAL


def _names(bundle: Bundle, identity: str) -> Mapping[tuple[str, str], str]:
    """Return the name of each check, which stays the same from run to run: branch rules name it."""
    entries = bundle.entries
    shared = Counter(entry.report.name for entry in entries)
    platforms = Counter(entry.config for entry in entries)
    names: dict[tuple[str, str], str] = {}
    for entry in entries:
        name = clean(entry.report.name, 60)
        several = platforms[entry.config]
        config = f" ({entry.config})" if shared[entry.report.name] > several else ""
        platform = f" on {entry.platform}" if several > 1 else ""
        names[entry.key] = clean(f"{identity} / {name}{config}{platform}", NAME)
    return names


def _title(entry: Entry) -> str:
    verdict, reason = labels.verdict(entry.report), lead(entry.report).reason
    return clean(f"{verdict}: {reason.text}" if reason is not None else verdict, TITLE)


def _notes(found: Iterable[Annotation]) -> tuple[LineNote, ...]:
    """Return annotations at lines; a check has none for a whole run."""
    return tuple(
        LineNote(path=one.path, line=one.line, level=_LEVELS[one.level], title=one.title, message=one.message)
        for one in found
        if one.path and one.line > 0
    )


@dataclass(frozen=True, slots=True)
class _OwnCheck:
    """A check of ours; its age is the run and the attempt that wrote it."""

    age: tuple[int, int]
    check: CheckRun


def _ours(host: GitHub, sha: str) -> Mapping[str, _OwnCheck]:
    """Return our checks of a commit by name, of several the newest."""
    ours = [
        _OwnCheck((int(found[1]), int(found[2])), check)
        for check in host.checks(sha)
        if (found := _EXTERNAL.fullmatch(check.external_id)) is not None
    ]
    return {own.check.name: own for own in sorted(ours, key=lambda own: (own.age, own.check.id))}


def _settled(
    host: GitHub, sha: str, content: CheckContent, age: tuple[int, int], present: _OwnCheck | None
) -> str:
    """Make one check say what it should, unless it is of a newer run; returns its page."""
    if present is None:
        try:
            return host.create_check(sha, content).url
        except Uncertain:
            # It may have been made all the same.
            present = _ours(host, sha).get(content.name)
            if present is None:
                raise
    if present.age > age:
        return present.check.url
    # GitHub adds notes to those that are there, which are of the same commit.
    changes = replace(content, notes=()) if present.check.noted else content
    return host.update_check(present.check.id, changes).url
