# SPDX-License-Identifier: Apache-2.0
"""The pull-request comment and the job summary: a bundle for a reviewer with ten seconds.

One configuration is told by itself; of several, a table comes first, then each that needs
attention, the worst first. Every link goes to the run; every foreign text goes through `escape`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from repro_action.report.bundle import Bundle, Entry
from repro_action.report.render.markdown import commands
from repro_action.report.render.markdown import report as markdown
from repro_action.report.render.markdown.comment_many import Layout, overview, ranked
from repro_action.report.render.markdown.escape import block, code
from repro_action.report.render.markdown.fitting import BUDGET, Section, fitted

LARGEST = 65_536
"""Characters of a comment that GitHub takes; no text has more characters than UTF-8 bytes."""

SUMMARY = 1_000_000
"""Bytes of a job summary; GitHub takes 1 MiB a step."""

_URL = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?/[A-Za-z0-9._~/?#&=%+-]{1,400}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Where a bundle is told.

    Attributes:
        marker: a hidden HTML comment on one line, by which the comment is found again.
        run_url: the workflow run's page; the one address that is linked.
        commit: the head of the pull request.
        base: name of the base branch.
        branch: name of the head branch, a stranger's text; empty where it is in another repository.
        untrusted: the numbers come from a workflow that the pull request controls.
        accept: whether `/repro accept` works in this repository.
    """

    marker: str = ""
    run_url: str = ""
    commit: str = ""
    base: str = ""
    branch: str = ""
    untrusted: bool = False
    accept: bool = False


def render(bundle: Bundle, context: Context, *, budget: int = BUDGET) -> str:
    """Return a comment of at most `budget` UTF-8 bytes, the marker first."""
    return _body(bundle, context, min(budget, LARGEST), context.marker)


def summary(bundle: Bundle, context: Context, *, budget: int = SUMMARY) -> str:
    """Return the same for a job summary, without the marker."""
    return _body(bundle, context, budget, "")


def _body(bundle: Bundle, context: Context, budget: int, marker: str) -> str:
    single = len(bundle.entries) == 1
    held = _one(bundle.entries[0], context) if single else _many(bundle, context)
    url = _url(context)
    rest = f"[The run]({url}) has the rest." if url else "The JSON report has them."
    return fitted(held, _footer(bundle, context), budget=budget, first=marker, rest=rest)


_UNTRUSTED = (
    "⚠️ _Reported by a workflow that this pull request controls: read it as the author's own statement._"
)


def _one(entry: Entry, context: Context) -> Iterator[Section]:
    remark = _UNTRUSTED if context.untrusted else ""
    place = markdown.Place(base=context.base, remark=remark, log=_log(context))
    yield from markdown.sections(entry.report, place)
    yield from _what_to_do(entry, context)


def _many(bundle: Bundle, context: Context) -> Iterator[Section]:
    """Yield the overview, then each entry that needs attention, all its folds after all open parts."""
    yield from overview(bundle, base=context.base, remark=_UNTRUSTED if context.untrusted else "")
    for order, layout in enumerate(ranked(bundle)):
        place = markdown.Place(level=3, name=layout.name, base=context.base, log=_log(context))
        parts = [*markdown.sections(layout.entry.report, place), *_what_to_do(layout.entry, context)]
        yield from (_placed(part, layout, order) for part in parts)


def _placed(part: Section, layout: Layout, order: int) -> Section:
    head = part.rank == 0
    rank = layout.rank(part.rank, order)
    return replace(part, rank=rank, key=layout.key if head else "", needs="" if head else layout.key)


def _what_to_do(entry: Entry, context: Context) -> Iterator[Section]:
    warned = "This runs the pull request's own code.\n\n" if context.untrusted else ""
    told = warned + block("\n".join(commands.reproduce(entry, context.commit)), "sh")
    yield Section(name="reproduce", rank=13, fold="Reproduce locally", blocks=[told])
    if not commands.acceptable(entry):
        return
    chat = commands.chat(entry) if context.accept else ""
    where = "" if commands.is_branch(context.branch) else " on the branch of the pull request"
    offer = f"Comment {code(chat)}, or run{where}:" if chat else f"Run{where}:"
    lines = block("\n".join(commands.accept(entry, context.branch)), "sh")
    told = "\n\n".join([offer, lines, *_fingerprint(entry)])
    yield Section(name="accept", rank=13, fold="Accept this result", blocks=[told])


def _footer(bundle: Bundle, context: Context) -> str:
    url = _url(context)
    commit = context.commit
    single = (
        [part for entry in bundle.entries[:1] for part in _identity(entry)]
        if len(bundle.entries) == 1
        else []
    )
    parts = [
        *([f"[run]({url})"] if url else []),
        *([f"commit {code(commit[:12], 40)}"] if commit else []),
        *single,
        f"repro {code(bundle.tool, 30)}",
    ]
    return f"<sub>{' · '.join(parts)}</sub>"


def _identity(entry: Entry) -> Iterator[str]:
    claim = entry.report.claim
    if entry.config not in {"", "repro.toml"}:
        yield code(entry.config, 100)
    if claim is not None and claim.after.platform:
        yield code(claim.after.platform, 40)
    yield from _fingerprint(entry)


def _fingerprint(entry: Entry) -> Iterator[str]:
    fingerprint = entry.fingerprint or entry.report.fingerprint
    if fingerprint:
        yield f"fingerprint {code(fingerprint[:12], 40)}"


def _log(context: Context) -> str:
    """Say where the log of a failed step is: the machine that ran is gone."""
    url = _url(context)
    return f"The job's log has it all: [the run]({url})." if url else "The job's log has it all."


def _url(context: Context) -> str:
    return context.run_url if _URL.fullmatch(context.run_url) else ""
