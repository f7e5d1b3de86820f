# SPDX-License-Identifier: Apache-2.0
"""The pull-request comment and the job summary: a bundle for a reviewer with ten seconds.

One configuration is shown by itself: heading, metrics, what else differs, what to do; all else is one fold.
Of several, a table comes first, those with one reason in one line, the worst first, then a fold for each.
Every link goes to a run or to a line at the commit that was trained; every foreign text is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from repro_action.report.bundle import Bundle, Entry
from repro_action.report.render.markdown import commands
from repro_action.report.render.markdown import report as markdown
from repro_action.report.render.markdown.acceptance import Acceptance
from repro_action.report.render.markdown.comment_many import (
    NamedGroup,
    calm_models,
    group_parts,
    heading,
    named_groups,
    next_step,
    overview,
    rank_of,
)
from repro_action.report.render.markdown.config_changes import models_part, nothing_affected, of_several
from repro_action.report.render.markdown.escape import Markdown, block, code
from repro_action.report.render.markdown.fitting import BUDGET, Part, fitted
from repro_action.report.render.markdown.links import SourceLinks
from repro_action.report.render.markdown.next_step import NextStep
from repro_action.report.render.markdown.templating import part
from repro_action.report.render.markdown.templating import render as text
from repro_action.report.sections.names import NAMES

EVERY = frozenset(NAMES)

LARGEST = 65_536
"""Characters of a comment that GitHub takes; no text has more characters than UTF-8 bytes."""

SUMMARY = 1_000_000
"""Bytes of a job summary; GitHub takes 1 MiB a step."""

_URL = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?/[A-Za-z0-9._~/?#&=%+-]{1,400}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentContext:
    """Where a bundle is shown.

    Attributes:
        marker: a hidden HTML comment on one line, by which the comment is found again.
        run_url: the workflow run's page.
        artifact_url: page of the artifact with the reports.
        page_url: page of the artifact with the reports as HTML; no other address than these three is linked.
        commit: the head of the pull request.
        base: name of the base branch.
        branch: name of the head branch, a stranger's text; empty where it is in another repository.
        untrusted: the numbers come from a workflow that the pull request controls.
        accept: whether `/repro accept` works in this repository.
        acceptance: what of it was accepted already; None for nothing.
        sections: names of the sections that are shown; the heading always is.
    """

    marker: str = ""
    run_url: str = ""
    artifact_url: str = ""
    page_url: str = ""
    commit: str = ""
    base: str = ""
    branch: str = ""
    untrusted: bool = False
    accept: bool = False
    acceptance: Acceptance | None = None
    sections: frozenset[str] = EVERY

    @property
    def url(self) -> Markdown:
        """The run's page, if it is an address that can be linked; else empty."""
        return _linkable(self.run_url)

    @property
    def artifact(self) -> Markdown:
        """The artifact's page, likewise."""
        return _linkable(self.artifact_url)

    @property
    def page(self) -> Markdown:
        """The artifact with the reports as HTML, likewise."""
        return _linkable(self.page_url)

    @property
    def remark(self) -> Markdown:
        """Lines below the heading: of a stranger's numbers, and of what was accepted since; else empty."""
        lines = [
            *([_UNTRUSTED] if self.untrusted else []),
            *([self.acceptance.line] if self.acceptance else []),
        ]
        return Markdown("\n\n".join(lines))

    @property
    def log(self) -> Markdown:
        """Where the log of a failed step is: the machine that ran is gone."""
        return Markdown(f"[Full log]({self.url})." if self.url else "The job's log has the full output.")


def _linkable(address: str) -> Markdown:
    return Markdown(address if _URL.fullmatch(address) else "")


_UNTRUSTED = Markdown(
    "⚠️ _Reported by a workflow that this pull request controls: read it as the author's own statement._"
)


def render(bundle: Bundle, context: CommentContext, *, budget: int = BUDGET) -> str:
    """Return a comment of at most `budget` UTF-8 bytes, the marker first."""
    return _body(bundle, context, min(budget, LARGEST), context.marker, grouped=True)


def summary(bundle: Bundle, context: CommentContext, *, budget: int = SUMMARY) -> str:
    """Return the same for a job summary: without the marker, with every section, each model by itself."""
    whole = replace(context, sections=EVERY)
    return _body(bundle, whole, budget, "", grouped=False)


def _body(bundle: Bundle, context: CommentContext, budget: int, marker: str, *, grouped: bool) -> str:
    single = len(bundle.entries) == 1
    parts = _parts(bundle, context, grouped=grouped)
    body = (one for one in parts if one.name not in NAMES or one.name in context.sections)
    rest = f"[The run]({context.url}) has the rest." if context.url else "The JSON report has them."
    footer = text(
        "footer",
        url=context.url,
        artifact=context.artifact,
        page=context.page,
        commit=context.commit,
        identity=list(_identity(bundle.entries[0])) if single else [],
        tool=bundle.tool,
    )
    return fitted(body, footer, budget=budget, first=marker, rest=rest)


def _parts(bundle: Bundle, context: CommentContext, *, grouped: bool) -> Iterator[Part]:
    if not bundle.entries and bundle.plan is not None and not bundle.unreported:
        return nothing_affected(bundle, context.remark)
    if len(bundle.entries) == 1:
        return _one(bundle, context)
    return _many(bundle, context, grouped=grouped)


def _one(bundle: Bundle, context: CommentContext) -> Iterator[Part]:
    (entry,) = bundle.entries
    first, *others = markdown.parts(entry.report, _placement(entry, context))
    yield from (first, models_part(bundle), *others)
    summary = markdown.details(entry.report)
    yield from (markdown.folded(one, summary) for one in what_to_do(entry, context))


def _group_sections(group: NamedGroup, placement: markdown.ReportPlacement) -> Iterator[Part]:
    """Yield the sections that are one and the same for all models of a group."""
    shared = {"inputs", "hints", "randomness", "output"}
    yield from (one for one in markdown.sections(group.entry.report, placement) if one.name in shared)


def _placement(entry: Entry, context: CommentContext) -> markdown.ReportPlacement:
    step = NextStep(
        accept=commands.accept_phrase(entry, context.branch, chat=context.accept),
        probe=code(commands.repro(entry, "probe")),
        base=context.base,
        log=context.log,
        links=SourceLinks.of(context.run_url, context.commit, entry.config.rpartition("/")[0]),
        done=context.acceptance is not None and entry.config in context.acceptance.configs,
    )
    return markdown.ReportPlacement(remark=context.remark, step=step)


def _many(bundle: Bundle, context: CommentContext, *, grouped: bool) -> Iterator[Part]:
    """Yield the table of all models, what to do, and a fold for each that needs attention."""
    groups = named_groups(bundle, together=grouped)
    places = [_placement(group.entry, context) for group in groups]
    yield heading(bundle, groups, context.remark)
    yield from of_several(bundle, base=context.base)
    yield from overview(groups, next_step(bundle, groups, places, chat=context.accept))
    for order, (group, placement) in enumerate(zip(groups, places, strict=True)):
        own = (
            _group_sections(group, placement)
            if group.models.several
            else [*markdown.sections(group.entry.report, placement), *what_to_do(group.entry, context)]
        )
        for one in (*group_parts(group, placement, chat=context.accept), *own):
            yield replace(markdown.folded(one, group.summary), rank=rank_of(one.rank, order))
    yield calm_models(bundle)


def what_to_do(entry: Entry, context: CommentContext) -> Iterator[Part]:
    """Yield how to make the same run elsewhere, and how to make it the baseline."""
    base = commands.merged_into(entry)
    ran = f"{code(context.commit[:7])} merged into {code(base[:7])}" if base else ""
    warning = (
        f"What ran is {ran}, as GitHub makes it.\n\n" if ran and commands.is_commit(context.commit) else ""
    )
    warning += "This runs the pull request's own code.\n\n" if context.untrusted else ""
    lines = warning + block("\n".join(commands.reproduce(entry, context.commit)), "sh")
    yield Part(name="reproduce", rank=13, fold="Reproduce locally", blocks=[lines])
    if commands.acceptable(entry):
        fingerprint = entry.fingerprint  # computed anew each time it is read
        yield part(
            "accept",
            13,
            "accept",
            fold="Accept this result",
            chat=commands.chat_line(entry, fingerprint) if context.accept else "",
            committed=commands.committed_metrics(entry),
            elsewhere=not commands.is_branch(context.branch),
            commands="\n".join(commands.accept(entry, context.branch)),
            fingerprint=fingerprint or entry.report.fingerprint,
        )


def _identity(entry: Entry) -> Iterator[Markdown]:
    claim = entry.report.claim
    if entry.config not in {"", "repro.toml"}:
        yield code(entry.config, 100)
    if claim is not None and claim.after.platform:
        yield code(claim.after.platform, 40)
    fingerprint = entry.fingerprint or entry.report.fingerprint
    if fingerprint:
        yield Markdown(f"fingerprint {code(fingerprint[:12], 40)}")
