# SPDX-License-Identifier: Apache-2.0
"""The answer of a probe for each variation, its headline and its warnings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from repro_action.finding import Finding
from repro_action.probe.search import AGAIN, CulpritSearch
from repro_action.probe.trials import TrialKey
from repro_action.probe.variations.catalogue import VARIATIONS
from repro_action.report.build.notices import warning_notices
from repro_action.report.model import Notice
from repro_action.report.probe_model import Answer, ProbeFinding, VariationRow
from repro_action.text import few, plural


def rows(
    search: CulpritSearch,
    selected: Collection[str],
    unavailable: Mapping[str, str],
    findings: Collection[ProbeFinding],
    partly: Mapping[str, str],
    *,
    unpinned: bool = True,
) -> tuple[VariationRow, ...]:
    """Return one row for every variation that exists.

    Args:
        search: that has ended.
        selected: variations that were asked for.
        unavailable: variation → why it cannot be made here; empty where it can.
        findings: what was found.
        partly: variation → which part of it cannot be made here.
        unpinned: whether runs without the pins of the profile were asked for.
    """
    listed = []
    for variation in VARIATIONS:
        name = variation.name
        found = next((finding for finding in findings if name in finding.variations), None)
        answered = _answer_of_finding(search, name, found)
        if answered is not None:
            answer, note = answered
        elif name not in selected:
            answer, note = Answer.NOT_TRIED, ""
        elif unavailable[name]:
            answer, note = Answer.UNAVAILABLE, unavailable[name]
        elif undecided := _undecided(search, name):
            answer, note = Answer.NOT_TRIED, undecided
        elif variation.only_unpinned and not unpinned:
            answer, note = (
                Answer.NOT_TRIED,
                f"{variation.pinned_by} keeps this stable; it would have an effect only without that",
            )
        else:
            answer, note = Answer.SAME, partly.get(name, "")
        listed.append(
            VariationRow(name=name, what=variation.what, answer=answer, note=note, numeric=variation.numeric)
        )
    return tuple(listed)


def _answer_of_finding(
    search: CulpritSearch, name: str, found: ProbeFinding | None
) -> tuple[Answer, str] | None:
    """Return the answer that a finding gives, or that the run disagrees with itself."""
    if name == AGAIN and search.unstable and (found is None or found.unfinished):
        return Answer.DIFFERS, _disagrees(search)
    if found is None:
        return None
    if found.unfinished or set(found.variations) <= search.undecided:
        return (
            Answer.NOT_TRIED,
            "something differs, but the limit of runs was reached before the variation was found",
        )
    return _answer(search, name, found)


def _undecided(search: CulpritSearch, name: str) -> str:
    """Say why nothing is known of a variation that was tried; empty where something is."""
    if search.too_noisy:
        return "its effect cannot be separated from what differs between undisturbed runs"
    if name in search.undecided:
        return "the limit of runs was reached before it could be told apart from the others"
    return ""


def _disagrees(search: CulpritSearch) -> str:
    """Say that the undisturbed run disagrees with itself, and because of what, where that is known."""
    causes = sorted(name for one in search.culprits if not one.unfinished for name in one.names)
    because = f", because of {', '.join(causes)}" if causes else ""
    return f"the run disagrees with itself{because}"


def _answer(search: CulpritSearch, name: str, finding: ProbeFinding) -> tuple[Answer, str]:
    others = [other for other in finding.variations if other != name]
    together = f"together with {', '.join(others)}" if others else ""
    if finding.pinned_by:
        return Answer.PINNED, ", ".join(filter(None, [f"kept stable by {few(finding.pinned_by)}", together]))
    culprit = next(culprit for culprit in search.culprits if name in culprit.names)
    failure = search.trials.outcomes[culprit.after].failure
    if failure is not None:
        return Answer.FAILED, ", ".join(filter(None, [failure.notice.what, together]))
    if name == AGAIN:
        return Answer.DIFFERS, "the run disagrees with itself"
    return Answer.DIFFERS, together


def headline(
    search: CulpritSearch,
    listed: Collection[VariationRow],
    findings: Collection[ProbeFinding],
    suspects: Sequence[Finding] = (),
) -> str:
    """Say in one sentence what the probe found.

    Args:
        search: for the culprits.
        listed: a row for each variation.
        findings: dependences that were found.
        suspects: lines at which chance may decide where nothing differed.
    """
    runs = plural(search.trials.started, "run")
    open_ = list(
        dict.fromkeys(name for found in findings if not found.pinned_by for name in found.variations)
    )
    if open_ and set(open_) <= search.undecided:
        what = "the run disagrees with itself" if search.unstable else "the outputs differ"
        return f"{what}, but the limit of runs was reached before the cause was found ({runs})"
    unfinished = {name for found in findings if found.unfinished for name in found.variations}
    open_ = [name for name in open_ if name not in unfinished] or open_
    if open_ == [AGAIN]:
        return f"the run disagrees with itself, whatever is disturbed ({runs})"
    if open_:
        return f"the outputs depend on {_listing(open_)}, and nothing keeps them stable ({runs})"
    same = sum(1 for row in listed if row.answer in {Answer.SAME, Answer.PINNED})
    pinned = [row.name for row in listed if row.answer is Answer.PINNED]
    kept = "".join(
        f"; {holder} keeps {_listing(names)} stable" for holder, names in _holders(pinned, findings)
    )
    race = f"; a race is possible at {suspects[0].location}" if suspects else ""
    return f"the outputs are identical under {plural(same, 'variation')} in {runs}{kept}{race}"


def _holders(pinned: Collection[str], findings: Collection[ProbeFinding]) -> list[tuple[str, list[str]]]:
    """Return what holds variations, each with their names: the profile, or what is no matter of a profile."""
    found: dict[str, list[str]] = {}
    for name in pinned:
        by = next((finding.pinned_by for finding in findings if name in finding.variations), ())
        holder = by[0] if len(by) == 1 and by[0].startswith("the ") else "the profile"
        found.setdefault(holder, []).append(name)
    return list(found.items())


def _listing(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def warnings(search: CulpritSearch) -> tuple[Notice, ...]:
    """Say what limits the answers."""
    found = list(warning_notices(search.trials.outcomes[TrialKey()].warnings))
    if search.undecided:
        found.append(
            Notice(
                what=f"{plural(search.trials.bound, 'run')} were not enough to decide "
                f"{_listing(sorted(search.undecided))}",
                remedy="Allow more runs (`--runs`), or ask for fewer variations (`--only`).",
            )
        )
    if search.noise:
        places = sorted({path for path, _ in search.noise if path})
        found.append(
            Notice(
                what=f"parts of {_listing(places)} differ from run to run, and were left out "
                "when variations were compared"
                if places
                else "some runs fail and others do not, without any disturbance",
                why="What a variation changes in those parts cannot be separated from their own noise.",
                remedy="Fix what differs by itself first, and probe again.",
            )
        )
    if search.reference.pinned:
        found.append(
            Notice(
                what="the run disagrees with itself, so everything that can differ by itself was pinned "
                "while variations were tried",
                why="Clock, addresses, hashes, threads, listings and unseeded generators were fixed.",
            )
        )
    return tuple(found)
