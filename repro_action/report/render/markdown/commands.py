# SPDX-License-Identifier: Apache-2.0
"""The commands that a comment offers: made here from paths, never taken from a report.

A report of a stranger could hold any command, and readers paste what a trusted comment shows.
A path with anything in it that a shell could take for more than a path gets no command: quotes
would guard it until somebody cuts the line, or a program takes the path for an option.
"""

from __future__ import annotations

import re

from repro_action.report.bundle import Entry
from repro_action.report.consistency import contradiction
from repro_action.report.model import Flavour
from repro_action.report.numbers import number
from repro_action.report.render.markdown.escape import Markdown, code
from repro_action.report.search_claims import refuted
from repro_action.verdict import Verdict

METRICS = 5
"""Metrics that are shown of what would be committed."""

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./@+-]{0,149}")
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,99}")
_FOUND_BY_FOLDER = ("repro.toml", "pyproject.toml")


def is_commit(text: str) -> bool:
    """Whether a text can be nothing but a commit."""
    return _COMMIT.fullmatch(text) is not None


def plain(path: str) -> bool:
    """Whether a path can stand in a command as it is."""
    return _PLAIN.fullmatch(path) is not None


def is_branch(name: str) -> bool:
    """Whether a name can stand in a command as a branch: no option, no range, nothing of a shell's."""
    return _BRANCH.fullmatch(name) is not None and ".." not in name


def repro(entry: Entry, command: str) -> str:
    """Return a command of repro for one configuration, from the repository's top folder.

    Where the path is not plain, the command is one to be given in the configuration's folder.
    """
    folder, _, name = entry.config.rpartition("/")
    if not plain(entry.config):
        return f"repro {command}   # in the folder of the configuration"
    if name not in _FOUND_BY_FOLDER:
        return f"repro --config={entry.config} {command}"
    return f"repro -C {folder} {command}" if folder else f"repro {command}"


def merged_into(entry: Entry) -> str:
    """Return the commit of the base that the head was merged into for the run; empty for none."""
    claim = entry.report.claim
    base = claim.after.merged_into if claim is not None else ""
    return base if is_commit(base) else ""


def reproduce(entry: Entry, commit: str) -> list[str]:
    """Return the commands that make the same run on another machine."""
    fetch = [f"git fetch origin {commit} && git checkout --detach FETCH_HEAD"] if is_commit(commit) else []
    base = merged_into(entry)
    if fetch and base:
        # As GitHub made the merge that ran: the head into the base.
        fetch = [
            f"git fetch origin {base} {commit} && git checkout --detach {base}",
            f"git merge --no-edit {commit}",
        ]
    probe = [repro(entry, "probe")] if entry.report.verdict is Verdict.DRIFTED else []
    return [*fetch, repro(entry, "verify"), *probe]


def acceptable(entry: Entry) -> bool:
    """Whether the run can become the baseline: what does not reproduce itself or records falsely cannot."""
    report = entry.report
    if refuted(report.searches):
        return False
    refreshed = report.verdict is Verdict.REPRODUCED and report.flavour is Flavour.MATERIALS
    acceptable_verdicts = {Verdict.CHANGED, Verdict.EQUIVALENT, Verdict.NO_BASELINE}
    return report.verdict in acceptable_verdicts or refreshed


def accept(entry: Entry, branch: str) -> list[str]:
    """Return the commands that make the run the baseline, on the branch of the pull request.

    A branch whose name is not plain has no command: the reader has to go there.
    """
    go = [f"git fetch origin && git switch {branch} && git pull"] if is_branch(branch) else []
    if go and merged_into(entry):
        # Without it the branch could make another model than the merge that ran.
        go.append(f"git merge --no-edit {merged_into(entry)}")
    if not (plain(entry.config) and plain(entry.baseline)):
        return [*go, repro(entry, "verify"), repro(entry, "accept"), "# then commit the baseline and push"]
    return [
        *go,
        f"{repro(entry, 'verify')}; {repro(entry, 'accept')}",
        f"git add -- {entry.baseline} && git commit -m 'Accept the new baseline' && git push",
    ]


def accept_phrase(entry: Entry, branch: str, *, chat: bool) -> Markdown:
    """Return how a run becomes the baseline, as the rest of a sentence: the comment, or the commands.

    Args:
        entry: the run.
        branch: of the pull request; a stranger's text.
        chat: whether a comment can accept it.
    """
    line = chat_line(entry, entry.fingerprint) if chat and acceptable(entry) else ""
    if line:
        return Markdown(f"comment {code(line)}")
    run = f"run {code(repro(entry, 'verify'))} and {code(repro(entry, 'accept'))}"
    there = "" if is_branch(branch) else " on its branch"
    return Markdown(f"{run}{there}, and commit {code(entry.baseline, 100)}")


def chat_line(entry: Entry, fingerprint: str) -> str:
    """Return the comment that accepts the run, bound to its fingerprint; empty without one.

    Args:
        entry: the run; one that shows something else than would be committed has no such comment.
        fingerprint: the id of its candidate.
    """
    if entry.candidate is None or contradiction(entry.report, entry.candidate):
        return ""
    return f"/repro accept {fingerprint[:12]}"


def committed_metrics(entry: Entry) -> str:
    """Return the first metrics of what would be committed, taken from that alone."""
    fingerprints = entry.candidate.platforms.values() if entry.candidate is not None else ()
    found = [
        f"{name} = {number(value, 30)}"
        for fingerprint in fingerprints
        for values in fingerprint.metrics.values()
        for name, value in values.items()
    ]
    more = f" and {len(found) - METRICS} more" if len(found) > METRICS else ""
    return ", ".join(found[:METRICS]) + more
