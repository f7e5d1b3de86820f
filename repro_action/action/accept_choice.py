# SPDX-License-Identifier: Apache-2.0
"""Which runs of a report `/repro accept` means, and whether they can become the baseline."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from repro_action.action.accept_refusal import AcceptRefusal
from repro_action.action.accept_syntax import AcceptCommand
from repro_action.fingerprint import MaterialKind
from repro_action.report.bundle import Entry, path_fault
from repro_action.report.consistency import contradiction
from repro_action.report.render.markdown.commands import acceptable
from repro_action.report.render.markdown.escape import code, prose
from repro_action.report.search_claims import refuted
from repro_action.report.states import Flavour
from repro_action.sinks.github.port import CommitChanges
from repro_action.verdict import Verdict

_BASELINE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*\.baseline\.json")
_ENVIRONMENT = re.compile(r".+\.lock|.+\.nix|requirements.*\.txt|pyproject\.toml")
"""Names of files that environments are made from; a fingerprint has their digests, and not their paths."""
_SHOWN = 5
"""Paths that a refusal names."""


def chosen(entries: Sequence[Entry], commands: Iterable[AcceptCommand]) -> tuple[Entry, ...]:
    """Return the runs that are meant, each once; a fingerprint is computed from what would be committed.

    Raises:
        AcceptRefusal: a command fits none or several, or one that can be no baseline.
    """
    found: dict[tuple[str, str], Entry] = {}
    for command in commands:
        selected = _named(entries, command) if command.fingerprint else _all(entries)
        found.update((entry.key, entry) for entry in selected)
    for entry in found.values():
        _check(entry)
    return tuple(found.values())


def _all(entries: Sequence[Entry]) -> list[Entry]:
    """Return what the report offers to accept, but for what is reproduced already."""
    selected = [
        entry for entry in entries if acceptable(entry) and entry.report.fingerprint == entry.fingerprint
    ]
    if len({entry.key for entry in selected}) < len(selected):
        # One of them is shown, and nobody knows which.
        raise AcceptRefusal("The run has two reports of one configuration: write the fingerprint.")
    if not selected:
        raise AcceptRefusal("No run of the newest commit has a result that could be accepted.")
    return selected


def _named(entries: Sequence[Entry], command: AcceptCommand) -> list[Entry]:
    fitting = [
        entry
        for entry in entries
        if entry.fingerprint.startswith(command.fingerprint)
        and entry.report.fingerprint == entry.fingerprint
        and command.config in {"", entry.config}
    ]
    if not fitting:
        present = ", ".join(code(entry.fingerprint[:12]) for entry in entries[:20] if entry.fingerprint)
        raise AcceptRefusal(
            "No run of the newest commit has that fingerprint"
            + (f"; there are {present}." if present else ": there is none, or its report has expired.")
        )
    if len({entry.fingerprint for entry in fitting}) > 1:
        # Whoever makes both can make two that begin alike; only one of them was seen.
        raise AcceptRefusal("Several fingerprints of that run begin with these digits: write all 64.")
    if len({entry.config for entry in fitting}) > 1:
        paths = ", ".join(code(entry.config) for entry in fitting[:20])
        raise AcceptRefusal(
            f"Several configurations have this fingerprint: write one of {paths} after it, "
            f"or accept all of the report with {code('/repro accept all')}."
        )
    return fitting[:1]


def _check(entry: Entry) -> None:
    shown = contradiction(entry.report, entry.candidate) if entry.candidate is not None else ""
    if shown:
        raise AcceptRefusal(
            f"What would be committed is not what the report shows: {prose(shown)} differs. "
            "Do not merge before you know why."
        )
    if entry.report.verdict is Verdict.FAILED:
        raise AcceptRefusal("That run failed, so it has no result to accept.")
    if entry.report.flavour is Flavour.FLAKY:
        raise AcceptRefusal(
            "That run gave different results when it was repeated, so a baseline made from it could not be "
            "reproduced. Fix what the report names first."
        )
    if false := refuted(entry.report.searches):
        raise AcceptRefusal(
            f"The record of the search {code(false[0].search)} is false: {prose(false[0].text)}. Fix what "
            "wrote it, and accept what the next run reports."
        )
    folder, _, name = entry.baseline.rpartition("/")
    beside = folder == entry.config.rpartition("/")[0] and _BASELINE_NAME.fullmatch(name)
    if not beside or path_fault(entry.baseline):
        raise AcceptRefusal("The report names a baseline that is not in the folder of its configuration.")
    if entry.candidate is None or len(entry.candidate.platforms) != 1:
        raise AcceptRefusal("That run has no result to accept.")


def check_branch_is_what_ran(entries: Iterable[Entry], *, beyond: CommitChanges) -> None:
    """Refuse results of a merge with changes that the branch does not have.

    A pull request is run as the merge of its head into its base. Where the base has changed what a model
    is made from, the branch itself makes another model, and its next merge a third one.

    Args:
        entries: that are to be accepted.
        beyond: what the base branch has beyond the branch.

    Raises:
        AcceptRefusal: the base has changed a material, a configuration or a baseline.
    """
    for entry in entries:
        if _is_of_the_branch(entry):
            continue
        consumed = set(_consumed(entry))
        moved = sorted(path for path in beyond.paths if path in consumed or _is_environment(path, entry))
        if moved or (beyond.paths and not beyond.complete):
            names = ", ".join(code(path) for path in moved[:_SHOWN]) or "very many files"
            raise AcceptRefusal(
                f"The base branch has changed {names} since this branch left it, so the branch alone does "
                "not make this result. Merge the base into the branch (the button **Update branch**), and "
                "accept what its next run reports."
            )


def _is_environment(path: str, entry: Entry) -> bool:
    """Whether a file of the configuration's folder is one that environments are made from."""
    folder, _, name = path.rpartition("/")
    return folder == entry.config.rpartition("/")[0] and _ENVIRONMENT.fullmatch(name) is not None


def _is_of_the_branch(entry: Entry) -> bool:
    """Whether a run trained the commit of the branch itself, rather than its merge."""
    claim = entry.report.claim
    return claim is not None and bool(claim.after.revision) and not claim.after.merged_into


def _consumed(entry: Entry) -> Iterator[str]:
    """Yield the paths in the repository that a run depends on."""
    folder = entry.config.rpartition("/")[0]
    inside = f"{folder}/" if folder else ""
    yield entry.config
    yield entry.baseline
    for fingerprint in entry.candidate.platforms.values() if entry.candidate is not None else ():
        for kind in (MaterialKind.CODE, MaterialKind.DATA, MaterialKind.PARAMS):
            yield from (f"{inside}{name.partition(': ')[0]}" for name in fingerprint.materials.get(kind, ()))
