# SPDX-License-Identifier: Apache-2.0
"""The labels that every medium uses for the answers of a probe, its findings and its divergences."""

from __future__ import annotations

from repro_action.finding import Evidence, Finding
from repro_action.observation import Divergence, TracedCall
from repro_action.paths.names import place
from repro_action.report import numbers
from repro_action.report.model import (
    ArtifactDifference,
    LeafDifference,
    Magnitude,
)
from repro_action.report.probe_model import Answer, ProbeFinding, ProbeReport, VariationRow
from repro_action.text import few, plural

_ANSWERS = {
    Answer.SAME: "same",
    Answer.PINNED: "pinned",
    Answer.DIFFERS: "differs",
    Answer.FAILED: "failed",
    Answer.UNAVAILABLE: "unavailable",
    Answer.NOT_TRIED: "not tried",
}

_EVIDENCE = {
    Evidence.SEEN: "seen at run time",
    Evidence.READ: "read in the source",
    Evidence.TRACED: "seen in the trace",
}


_BY_REPRO_ALONE = {
    ("seed",): "runs agree only because repro seeds random, NumPy, PyTorch and TensorFlow; "
    "the program itself draws without a seed",
    ("process-ids",): "runs agree only because the sandbox numbers processes from 1; "
    "outside it the numbers differ each time",
}


def title(report: ProbeReport) -> str:
    """Return the answer in two or three words."""
    if report.error is not None:
        return "not probed"
    if not (report.tried or report.findings):
        return "nothing tried"
    if report.agreed and report.suspects:
        return "no difference seen"
    return "robust" if report.robust else "not reproducible"


def facts(report: ProbeReport) -> list[str]:
    """Return the profile, the platform class, and the cost, without what is not known."""
    duration = f" in {numbers.seconds(report.seconds)}" if report.seconds else ""
    return [
        *([f"profile {report.profile}"] if report.profile else []),
        *([report.platform] if report.platform else []),
        *([f"sandbox: {report.enclosure}"] if report.enclosure else []),
        *([plural(report.runs, "run") + duration] if report.runs else []),
    ]


def answer(row: VariationRow) -> str:
    """Return `same`, `kept stable by OPENBLAS_CORETYPE`, `unavailable: libfaketime is not installed`."""
    word = _ANSWERS[row.answer]
    if row.answer in {Answer.PINNED, Answer.FAILED}:
        return row.note or word
    return f"{word}: {row.note}" if row.note else word


def answer_word(value: Answer) -> str:
    """Return an answer in one or two words."""
    return _ANSWERS[value]


def culprits(found: ProbeFinding) -> str:
    """Return the names of the culprits: `file-order`, `gc and threads together`."""
    *others, last = found.variations or ("something",)
    if found.unfinished:
        return f"unfinished: something among {', '.join(others)} and {last}"
    return f"{', '.join(others)} and {last} together" if others else last


def sentence(found: ProbeFinding, report: ProbeReport) -> str:
    """Return what the culprits do: `file-order changes the result`."""
    if found.variations == ("again",) and not found.pinned_by:
        return "the run does not repeat itself"
    failed = {row.name for row in report.variations if row.answer is Answer.FAILED}
    effect = "make a step fail" if failed & set(found.variations) else "change the result"
    rounding = ", by rounding alone" if found.numeric else ""
    if found.variations in _BY_REPRO_ALONE and found.pinned_by:
        return _BY_REPRO_ALONE[found.variations]
    if found.pinned_by:
        return f"{culprits(found)} would {effect}{rounding}; kept stable by {few(found.pinned_by)}"
    verb, _, rest = effect.partition(" ")
    several = len(found.variations) > 1 and not found.unfinished
    return f"{culprits(found)} {verb}{'' if several else 's'} {rest}{rounding}"


def worst(found: ProbeFinding) -> tuple[ArtifactDifference, LeafDifference] | None:
    """Return the first artifact that has a leaf to show, and that leaf."""
    return next(((item, item.leaves[0]) for item in found.artifacts if item.leaves), None)


def rounding(found: ProbeFinding) -> str:
    """Return how large a rounding is, in the shortest words: `2 ULP`, or nothing."""
    largest = worst(found)
    size = largest[1].magnitude if largest else None
    if size is None:
        return ""
    amount = None if size.max_ulp else size.max_abs
    return numbers.magnitude(Magnitude(measured=size.measured, max_abs=amount, max_ulp=size.max_ulp))


def evidence(place: Finding) -> str:
    """Return how a place is known."""
    return _EVIDENCE[place.evidence]


def call(parting: Divergence) -> str:
    """Return `call 12`, or `value 12` where a name was bound; counted from one."""
    seen = parting.after or parting.before
    return f"{'value' if seen is not None and _bound(seen)[1] else 'call'} {parting.index + 1}"


def parted(parting: Divergence) -> tuple[str, str]:
    """Return the call, or the name that was bound, and what is said of it."""
    before, after = parting.before, parting.after
    if before is None and after is None:
        return "", "neither run made one"
    if before is None or after is None:
        side, only = ("disturbed", after) if before is None else ("usual", before)
        return _name(only), f"happened in the {side} run only{_at(only)}"
    if before.function != after.function:
        usual, other = _at(before), _at(after)
        return _name(before), f"in the usual run{usual}; {_name(after)} in the disturbed one{other}"
    return _name(after), f"{'was' if _bound(after)[1] else 'returned'} something else{_at(after)}"


def _bound(seen: TracedCall) -> tuple[str, str]:
    """Return the function and the name that a statement in it bound; no name for a call."""
    # A trace tells of both: `load.rows` returned, and `rows name` was bound.
    scope, _, name = seen.function.rpartition(" ")
    return (scope, name) if scope else (name, "")


def _name(seen: TracedCall | None) -> str:
    if seen is None:
        return ""
    function, name = _bound(seen)
    called = "" if function.startswith("<") else f"{function}()"
    return f"{name} in {called}" if name and called else name or called or function


def _at(seen: TracedCall | None) -> str:
    """Return `, called at train.py:31`, or its own line; nothing where neither is known."""
    if seen is None:
        return ""
    if seen.caller:
        return f", called at {seen.caller}"
    return f", at {place(seen.file, seen.line)}" if seen.file else ""
