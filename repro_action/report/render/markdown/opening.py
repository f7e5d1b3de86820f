# SPDX-License-Identifier: Apache-2.0
"""What is seen of a report before anything is unfolded: its heading, and one line below the metrics."""

from __future__ import annotations

from repro_action.report import numbers
from repro_action.report.model import Comparison, Counts, Flavour, Report, State
from repro_action.report.render import labels
from repro_action.report.render.markdown.escape import Markdown, code, dated, joined, prose
from repro_action.report.render.markdown.links import SourceLinks
from repro_action.report.render.markdown.metric_table import first_metric
from repro_action.report.render.markdown.symbols import symbol
from repro_action.report.sections.attribution import first_attribution
from repro_action.report.sections.lead import LeadReason, LeadSection
from repro_action.report.sections.predictions import churn_line, first_churn
from repro_action.report.sections.training import up_to
from repro_action.text import plural
from repro_action.verdict import Verdict

REASON = 110
"""Characters of the reason in a heading."""


def heading(report: Report, lead: LeadSection) -> Markdown:
    """Return the heading: sign, model, verdict, and the likeliest reason."""
    cause = reason(report, lead, REASON)
    words = f"## {sign(report, lead)} {code(report.name, 80)} {verdict(report, lead)}"
    return Markdown(f"{words}: {cause}" if cause else words)


def sign(report: Report, lead: LeadSection) -> str:
    """Return the sign of a report; of a baseline that is worse than its rules allow, that of a warning."""
    worse = any(row.better is False and not row.state.accepted for row in lead.metrics)
    return "⚠️" if lead.of_change and worse else symbol(report)


def verdict(report: Report, lead: LeadSection) -> Markdown:
    """Return what is said of a model behind its name: `changed`, `reproduced with a new baseline`."""
    return joined((_answer(report, lead), dated(labels.untrained(report))), ", ")


def _answer(report: Report, lead: LeadSection) -> Markdown:
    if report.verdict is Verdict.NO_BASELINE:
        nearest = report.flavour is Flavour.NEAREST
        return Markdown(f"has no baseline {'for this platform class' if nearest else 'yet'}")
    if lead.of_change and lead.comparison is not None:
        return Markdown(
            "is new, and reproduced" if lead.comparison.first else "reproduced, with a new baseline"
        )
    if report.flavour is Flavour.MATERIALS:
        return Markdown("reproduced with changed inputs")
    return Markdown(labels.title(report))


def reason(report: Report, lead: LeadSection, width: int) -> Markdown:
    """Return the likeliest reason of a difference, or the first metric that differs without a known one."""
    if lead.reason is not None:
        more = len(lead.reasons) - 1 if report.verdict in _COUNTED else 0
        text = prose(lead.reason.text, width)
        return Markdown(f"{text} and {plural(more, 'more change')}" if more else text)
    if report.verdict is Verdict.EQUIVALENT:
        return Markdown("all differences are inside the tolerance")
    if report.verdict is Verdict.REPRODUCED and not lead.of_change:
        return Markdown()
    return Markdown() if lead.comparison is None or lead.comparison.first else first_metric(lead)


_COUNTED = frozenset({Verdict.REPRODUCED, Verdict.EQUIVALENT, Verdict.CHANGED})
"""Verdicts whose reasons work together; of a drift, one is as likely as the other."""


def others(report: Report, lead: LeadSection, base: str, links: SourceLinks) -> Markdown:
    """Return one line of what else differs: artifacts, then inputs that no heading names."""
    compared = lead.comparison
    return joined(
        (
            _runs(report),
            _verified_in(report, links),
            _compared(compared, lead, report.reference) if compared is not None else _headline(report),
            _attribution(report, lead),
            _predictions(compared) if compared is not None else "",
            _training(compared) if compared is not None else "",
            _receipts(report),
            _inputs(report, lead, links),
            _moved(base) if lead.moved else "",
        ),
        " ",
    )


def _runs(report: Report) -> Markdown:
    """Say of a drift what two runs showed."""
    match report.flavour:
        case Flavour.FLAKY if report.verdict is Verdict.DRIFTED:
            return Markdown("Two runs of the same commit disagree.")
        case Flavour.STABLE:
            return Markdown(
                "No input changed; two runs on this machine agree with each other, and not with the baseline."
            )
        case _:
            return Markdown()


def _verified_in(report: Report, links: SourceLinks) -> Markdown:
    """Say of a result that was not trained here which run trained it."""
    earlier = report.verified_in
    if earlier is None:
        return Markdown()
    run = links.run(earlier.run)
    return Markdown(f"The same inputs were trained in {run} of {code(earlier.commit[:12], 40)}.")


def _receipts(report: Report) -> Markdown:
    """Say how many builders got the same, where any did rebuild it or must have."""
    counts = report.receipts
    if counts is None or not (counts.builders or counts.demanded):
        return Markdown()
    return Markdown(f"C{counts.text[1:]}.")


def _headline(report: Report) -> Markdown:
    """Return the report's sentence, where nothing is compared that says as much; of an error, nothing."""
    return prose(f"{labels.headline(report).rstrip('.')}.") if report.error is None else Markdown()


def _compared(compared: Comparison, lead: LeadSection, reference: str) -> Markdown:
    if compared.first:
        named = _artifacts(lead)
        return Markdown(f"Artifacts: {named}.") if named else Markdown()
    if not compared.same_platform:
        return _other_class(compared, lead)
    found = _artifacts(lead)
    same = compared.unchanged
    if found and lead.differing:
        return Markdown(f"Also: {found}.")
    if found:
        metrics = f"; {_are(plural(same.metrics, 'metric'), same.metrics)} identical" if same.metrics else ""
        return Markdown(f"{found}{metrics}.")
    if lead.differing or same == Counts():
        return Markdown()
    leaves = f" ({plural(same.leaves, 'leaf')})" if same.leaves else ""
    parts = [
        *([plural(same.artifacts, "artifact") + leaves] if same.artifacts else []),
        *([plural(same.metrics, "metric")] if same.metrics else []),
    ]
    counted = _are(" and ".join(parts), same.artifacts + same.metrics)
    return Markdown(f"{counted} identical to {prose(reference, 80)}. {_values(lead)}".strip())


def _other_class(compared: Comparison, lead: LeadSection) -> Markdown:
    """Say how a run compares with the baseline for other machines, which do not promise the same bits."""
    nearest, same = code(compared.before.platform, 40), compared.unchanged.metrics
    of_all = f"{lead.differing} of {plural(lead.differing + same, 'metric')}"
    if lead.differing:
        sentence = (
            f"{of_all} {'differs' if lead.differing == 1 else 'differ'} from the baseline for {nearest}"
        )
    elif same:
        sentence = f"{_are(plural(same, 'metric'), same)} the same as in the baseline for {nearest}"
    else:
        sentence = f"Compared with the baseline for {nearest}"
    return Markdown(f"{sentence}, another class of machine: small differences are expected.")


def _are(counted: str, number: int) -> str:
    return f"{counted} {'is' if number == 1 else 'are'}"


def _artifacts(lead: LeadSection) -> Markdown:
    """Name the first artifact that differs and how, and count the others."""
    entries = lead.artifacts.entries
    entry = lead.artifacts.worst or next(iter(entries), None)
    if entry is None:
        return Markdown()
    item = entry.artifact
    more = entries.count - 1
    name = code(item.path, 80)
    if lead.comparison is not None and lead.comparison.first:
        return Markdown(f"{name} and {more} more" if more else name)
    leaves = labels.of_leaves(item)
    text = {
        State.BYTES_ONLY: f"only container bytes of {name} differ",
        State.TOLERATED: f"{name} differs within tolerance",
        State.ADDED: f"{name} was added",
        State.MISSING: f"{name} is missing",
        State.UNREADABLE: f"{name} cannot be compared",
    }.get(item.state, f"{name} differs" + (f" in {leaves}" if leaves else ""))
    return Markdown(f"{text}, and {plural(more, 'more artifact')}" if more else text)


def _attribution(report: Report, lead: LeadSection) -> Markdown:
    """Say which part of the change moved the metric that is shown first."""
    line = first_attribution(report, [(row.file, row.name) for row in lead.metrics])
    return prose(f"{line}.", 300) if line else Markdown()


def _predictions(compared: Comparison) -> Markdown:
    """Say how many decisions differ; of several files of predictions, of the one that differs most."""
    churn = first_churn(compared)
    if churn is None:
        return Markdown()
    line = churn_line(churn)
    if len(compared.predictions) > 1:
        return Markdown(f"{code(churn.path, 80)}: {prose(line, 200)}.")
    return prose(f"{line[0].upper()}{line[1:]}.", 200)


def _training(compared: Comparison) -> Markdown:
    """Say up to where the first log of a training is the same."""
    parting = next(iter(compared.partings), None)
    if parting is None:
        return Markdown()
    words = f"{'is ' if parting.index else ''}{up_to(parting)}"
    return Markdown(f"{code(parting.name, 60)} {prose(words, 80)}.")


def _values(lead: LeadSection) -> Markdown:
    """Return the values of a few metrics that are the same."""
    rows = lead.comparison.metrics if lead.comparison is not None else ()
    if not 0 < len(rows) <= _FEW or any(row.state is not State.IDENTICAL for row in rows):
        return Markdown()
    shown = (f"{code(row.name, 60)} {prose(numbers.pair(row.after, row.after)[1], 40)}" for row in rows)
    return Markdown(f"{' · '.join(shown)}.")


_FEW = 6
"""Metrics that are the same and shown with their value."""


def _inputs(report: Report, lead: LeadSection, links: SourceLinks) -> Markdown:
    """Name a few more reasons: inputs that differ, or lines that may be the cause of a drift."""
    if report.verdict is Verdict.FAILED or not lead.inputs:
        return Markdown()
    label = "Other inputs that differ" if report.verdict in _COUNTED else "Also possible"
    named = joined(_other(found, links) for found in lead.inputs)
    more = Markdown(f"{lead.inputs.more} more" if lead.inputs.more else "")
    return Markdown(f"{label}: {joined((named, more), ' and ')}.")


def _other(found: LeadReason, links: SourceLinks) -> Markdown:
    """Return a further reason; of a line of code that is its place, which says enough."""
    return links.at(found.file, found.line) if found.remedy else prose(found.text, 80)


def _moved(base: str) -> Markdown:
    return Markdown(f"The committed baseline also differs from {prose(base, 60) or 'the base branch'}'s.")
