# SPDX-License-Identifier: Apache-2.0
"""The baselines that `/repro accept` commits: those of the branch, each with one platform replaced."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from repro_action.action.accept_refusal import AcceptRefusal
from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump, load
from repro_action.errors import BaselineError
from repro_action.report.bundle import Entry
from repro_action.report.consistency import comparison_contradiction
from repro_action.report.render.markdown.escape import block, code, prose
from repro_action.sinks.github.port import CodeHostError, NotPermitted, PullRequest, Uncertain

if TYPE_CHECKING:
    from repro_action.sinks.github.adapter import GitHub


def commit(host: GitHub, pull: PullRequest, entries: Sequence[Entry], actor: str) -> str:
    """Commit baselines to the branch of a pull request, all at once; return the commit, empty for none.

    Args:
        host: where the branch is.
        pull: whose head branch gets the commit.
        entries: the configurations whose candidates become baselines.
        actor: who asked for it, for the message.

    Raises:
        AcceptRefusal: a baseline of the branch is not one of that configuration, or GitHub refuses.
        CodeHostError: GitHub could not be asked.
    """
    files = _files(host, pull, entries)
    if not files:
        return ""
    try:
        return host.commit_files(
            files, branch=pull.head_ref, parent=pull.head_sha, message=_message(entries, actor)
        )
    except Uncertain:
        raise
    except CodeHostError as error:
        raise _unwritten(error) from error


def _files(host: GitHub, pull: PullRequest, entries: Sequence[Entry]) -> Mapping[str, bytes]:
    """Return path → new content of the baselines that change."""
    before: dict[str, bytes | None] = {}
    after: dict[str, Baseline] = {}
    for entry in entries:
        path = entry.baseline
        if path not in before:
            standing = host.file(path, pull.head_sha)
            before[path] = standing.content if standing is not None else None
            if standing is not None:
                after[path] = _loaded(standing.content, path)
        after[path] = _with(entry, after.get(path))
    files = {path: dump(baseline).encode() for path, baseline in after.items()}
    return {path: content for path, content in files.items() if content != before[path]}


def _with(entry: Entry, committed: Baseline | None) -> Baseline:
    """Return a baseline with the run's fingerprint in it."""
    candidate = entry.candidate
    if candidate is None:
        raise AcceptRefusal("That run has no result to accept.")
    receipts = entry.report.receipts
    if receipts is not None and receipts.too_few:
        raise AcceptRefusal(
            f"That run is {receipts.text}. Let another builder run {code('repro verify --receipt')} at this "
            "commit, commit what it writes, and wait for the next run."
        )
    before = committed or Baseline(name=candidate.name)
    if before.name != candidate.name:
        raise AcceptRefusal(
            f"The branch's {code(entry.baseline)} is the baseline of {code(before.name)}, and that run's "
            f"configuration is called {code(candidate.name)}. Give it a file of its own with the key "
            f"{code('baseline')}, or correct the name in the baseline."
        )
    _check_change(entry, before)
    (fingerprint,) = candidate.platforms.values()
    return before.accept(fingerprint)


def _check_change(entry: Entry, committed: Baseline) -> None:
    """Refuse a report whose second comparison does not show the baseline that is committed."""
    change = entry.report.change
    after = committed.platforms.get(change.after.platform) if change is not None else None
    if change is not None and after is not None and comparison_contradiction(change, after):
        raise AcceptRefusal(
            "The report was made against a different baseline than the branch has now. Wait until its "
            "next run has finished."
        )


def _loaded(content: bytes, path: str) -> Baseline:
    try:
        return load(content.decode("utf-8"), path)
    except (BaselineError, UnicodeDecodeError) as error:
        raise AcceptRefusal(
            f"The branch's {code(path)} cannot be read, and accepting would lose its fingerprints of other "
            "platforms. Repair or remove it first."
        ) from error


def _message(entries: Sequence[Entry], actor: str) -> str:
    """Return the commit's message; paths are foreign, and `#1` or `[skip ci]` would mean something."""
    by = re.sub(r"[^A-Za-z0-9_-]", "", actor)[:100]
    title = f"Accept the baseline of {_plain(entries[0].config)}"
    if len(entries) > 1:
        title = f"Accept the baselines of {len(entries)} runs"
    lines = [
        f"{_plain(entry.config)} on {_plain(entry.platform)}: fingerprint {entry.fingerprint}"
        for entry in entries
    ]
    return "\n".join([title, "", *lines, "", f"Accepted by {by} with a comment."])


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._/ -]", "?", text)[:100]


def _unwritten(error: CodeHostError) -> AcceptRefusal:
    if isinstance(error, NotPermitted):
        lines = [f"  {name}: {level}" for name, level in error.permissions.items()]
        needed = block("\n".join(["permissions:", *lines]), "yaml")
        return AcceptRefusal(
            "The workflow is not allowed to commit to this branch."
            + (f" Give the job:\n\n{needed}" if lines else f" {prose(error.why)}")
        )
    return AcceptRefusal(
        f"GitHub rejected the commit: the branch has moved, or is protected. {prose(error.why or error.what)}"
    )
