# SPDX-License-Identifier: Apache-2.0
"""What every medium says of a checked model: its first lines, and labelled facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from repro_action.compare.correspondence import Bookkeeping
from repro_action.report import numbers
from repro_action.report.check_model import BytesAnswer, CheckedFile, CheckReport, FoundBy, ModelMatch
from repro_action.text import plural
from repro_action.verdict import Verdict

NAMED = 8
"""Names that a line lists."""

_FOUND = {
    FoundBy.NAMED: "named by you",
    FoundBy.NAME: "found by its name",
    FoundBy.CONTENT: "found by its content",
    FoundBy.ONLY: "the only output of its kind",
}

_BYTES = {
    BytesAnswer.SAME: "the same; comparing bytes would have been enough",
    BytesAnswer.DIFFERENT: "different; comparing bytes would call it another file",
    BytesAnswer.UNKNOWN: "the baseline does not list their digest",
}


@dataclass(frozen=True, slots=True)
class LabelledFact:
    """A line behind a label; the text holds foreign words."""

    label: str
    text: str


def title(report: CheckReport) -> str:
    """Return the verdict in words."""
    return report.verdict.value.replace("_", " ")


def origin(report: CheckReport) -> str:
    """Return what the subject was compared with, and that nothing was trained for it."""
    if report.verdict is Verdict.NO_BASELINE:
        return "not trained here, and there is nothing to compare with"
    platform = f" ({report.platform})" if report.platform else ""
    return f"not trained here: compared with {baseline(report)}{platform}"


def baseline(report: CheckReport) -> str:
    """Return how people call the baseline that counts."""
    return (
        f"the baseline of commit {report.commit[:12]}"
        if report.commit
        else "a baseline that is not committed"
    )


def headline(report: CheckReport) -> str:
    """Return the answer in one sentence."""
    accepted = f"the model of commit {report.commit[:12]}" if report.commit else "the accepted model"
    match report.verdict:
        case Verdict.REPRODUCED:
            return f"{report.subject} {_holds(report)} {accepted}, leaf by leaf{_other_format(report)}."
        case Verdict.EQUIVALENT:
            return f"{report.subject} {_holds(report)} {accepted} inside the tolerance, not bit for bit."
        case Verdict.NO_BASELINE:
            return _without_baseline(report)
        case Verdict.FAILED:
            return f"{report.subject} could not be compared whole, so nothing is said of it: {_gap(report)}."
    return f"{report.subject} is not {accepted}{_earlier(report)}."


def _without_baseline(report: CheckReport) -> str:
    if report.platforms:
        known = ", ".join(one.platform for one in report.platforms)
        return f"The baseline has no platform class {report.platform}; it has {known}."
    return "There is no baseline: run `repro verify`, then `repro accept`, and commit what they write."


def _holds(report: CheckReport) -> str:
    """Return `is`; of a file that can hold no more, `has the weights of`."""
    partial = {Bookkeeping.SETTINGS.value, Bookkeeping.ARCHITECTURE.value}
    rules = {rule.rule for file in report.files for rule in file.left_out}
    return "has the weights of" if rules & partial else "is"


def _other_format(report: CheckReport) -> str:
    others = sorted(
        {
            f"{file.format} for {file.accepted_format}"
            for file in report.files
            if file.format != file.accepted_format
        }
    )
    if others:
        return f", in another format ({', '.join(others)})"
    if any(file.bytes is BytesAnswer.DIFFERENT for file in report.files):
        return "; only bytes of the container differ"
    return ""


def _earlier(report: CheckReport) -> str:
    if report.earlier is None:
        return ""
    ago = report.earlier.ago
    when = f"{plural(ago, 'baseline')} ago" if ago > 0 else "the newest one"
    return f": it is the model of commit {report.earlier.commit[:12]}, {when}"


def _gap(report: CheckReport) -> str:
    if report.error is not None:
        return report.error.what
    gaps = [gap for file in report.files if file.match is ModelMatch.INCOMPLETE for gap in _gaps(file)]
    if report.unmatched:
        gaps.append(f"{', '.join(report.unmatched[:NAMED])} can be loaded and is no output of the project")
    return "; ".join(gaps)


def _gaps(file: CheckedFile) -> Iterator[str]:
    if file.reason:
        yield f"{file.path} was read as plain bytes: {file.reason}"
        return
    if file.folded:
        yield (
            f"the baseline lists only digests of parts of {file.product}, which another format cannot be "
            f"matched with; put the accepted file at {file.product}, or deploy it as {file.accepted_format}"
        )
        return
    if file.elsewhere:
        yield "the same values are there under other names, and nothing says which belongs where"
    if file.alone_count:
        yield f"{plural(file.alone_count, 'leaf')} of {file.path} without a counterpart"
    if file.accepted_alone_count:
        yield f"{plural(file.accepted_alone_count, 'leaf')} of {file.product} without a counterpart"
    if not file.corresponding:
        yield "no leaf of one corresponds to a leaf of the other"


def facts(report: CheckReport) -> Iterator[LabelledFact]:
    """Yield what was compared, and what was not."""
    moved = f" → {report.resolved}" if report.resolved not in {"", report.subject} else ""
    record = f" · {report.record}" if report.record else ""
    yield LabelledFact("subject", f"{report.subject}{moved}{record}")
    for file in report.files:
        yield from _file(file)
    for path in report.unmatched[:NAMED]:
        yield LabelledFact("no output", f"{path}: it can hold a model, and the baseline has none like it")
    if report.context:
        yield LabelledFact("not compared", f"{_named(report.context)}: files beside the model")
    if len(report.platforms) > 1:
        answers = (f"{one.platform} {one.verdict.value.replace('_', ' ')}" for one in report.platforms)
        yield LabelledFact("platforms", " · ".join(answers))
    if report.earlier is not None:
        yield LabelledFact(
            "earlier", f"it is the model of commit {report.earlier.commit[:12]} ({report.earlier.platform})"
        )
    for note in report.notes:
        yield LabelledFact("note", note)


def _file(file: CheckedFile) -> Iterator[LabelledFact]:
    size = numbers.size(file.size)
    yield LabelledFact(
        "compared",
        f"{file.path} ({file.format}, {size}) with {file.product} ({file.accepted_format}): "
        f"{_FOUND[file.found_by]}",
    )
    if file.reason:
        yield LabelledFact("unreadable", f"{file.path} was read as plain bytes: {file.reason}")
    yield LabelledFact("leaves", f"{file.identical} of {plural(file.corresponding, 'leaf')} the same")
    if file.leaves:
        yield LabelledFact("", f"subject {file.leaves}")
        yield LabelledFact("", f"baseline {file.accepted_leaves}")
    if file.alone:
        yield LabelledFact("unmatched", f"in the subject: {_named(file.alone, file.alone_count)}")
    if file.accepted_alone:
        yield LabelledFact(
            "unmatched", f"in the baseline: {_named(file.accepted_alone, file.accepted_alone_count)}"
        )
    for rule in file.left_out:
        yield LabelledFact("left out", f"{plural(rule.count, 'leaf')}: {rule.rule}")
    yield LabelledFact("bytes", _BYTES[file.bytes])
    if file.sha256:
        yield LabelledFact("", f"subject {file.sha256}")
    if file.accepted_digest:
        yield LabelledFact("", f"baseline {file.accepted_digest}")


def _named(names: tuple[str, ...], count: int = 0) -> str:
    more = max(count, len(names)) - len(names[:NAMED])
    shown = ", ".join(name or "(the whole file)" for name in names[:NAMED])
    return shown + (f" and {more} more" if more > 0 else "")
