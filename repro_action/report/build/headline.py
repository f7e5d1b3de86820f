# SPDX-License-Identifier: Apache-2.0
"""The sentences of a verification's report: headline and causes."""

from __future__ import annotations

from collections.abc import Sequence

from repro_action.compare.difference import Difference, DifferingLeaf, ProductDifference, ProductState
from repro_action.finding import Evidence, Finding
from repro_action.findings.suspect import Suspect
from repro_action.fingerprint import MaterialKind
from repro_action.numeric.difference import numeric_difference
from repro_action.numeric.signature import CIRCUMSTANCE, NumericSignature
from repro_action.report.build.conclusion import Conclusion
from repro_action.report.model import Cause, Flavour, Pair
from repro_action.report.sections.lead import NONDETERMINISM
from repro_action.verdict import Verdict

MAX_PLACES = 10
"""Lines of code that are named as causes."""

RACE = "race"
"""Name of a cause that was read in the source and did not show in the runs here."""

_SUSPECT_CIRCUMSTANCES = (CIRCUMSTANCE, "cpu", "blas_kernel", "libc", "kernel", "os")


def headline(
    conclusion: Conclusion,
    difference: Difference,
    *,
    causes: Sequence[Cause],
    first: str,
    findings: Sequence[Finding] = (),
) -> str:
    """Say in one sentence what was found.

    Args:
        conclusion: what was found.
        difference: from the baseline.
        causes: the ranked causes.
        first: the first step whose products differ.
        findings: lines of that step.
    """
    flavour, reference = conclusion.flavour, conclusion.reference
    match conclusion.verdict:
        case Verdict.REPRODUCED:
            sentence = f"{_identical(difference)} identical to {reference}"
            if flavour is Flavour.MATERIALS and all(found.kind is MaterialKind.RULES for found in causes):
                return f"{sentence}; {_all_of(causes)}"
            if flavour is Flavour.MATERIALS:
                count = _count(len(difference.materials), "material")
                return f"{sentence}, though {count} changed: the change is harmless"
            if flavour is Flavour.BYTES_ONLY:
                names = _names(difference, ProductState.BYTES_ONLY)
                return f"{sentence}; only container bytes of {names} differ"
            return sentence
        case Verdict.EQUIVALENT:
            return f"{_differing(difference, first)} from {reference}, all inside the declared tolerance"
        case Verdict.CHANGED:
            cause = f": {_all_of(causes)}" if causes else ""
            return f"{_differing(difference, first)} from {reference}{cause}"
        case Verdict.DRIFTED if flavour is Flavour.FLAKY:
            return f"two runs of the same materials disagree; it begins in step {first}"
        case Verdict.DRIFTED if flavour is Flavour.STABLE:
            count = "two" if conclusion.runs <= 2 else str(conclusion.runs)
            agree = f"{_differing(difference, first)} though no material did; {count} runs here agree"
            race = next((found.location for found in findings if found.evidence is Evidence.READ), "")
            return f"{agree}, and a race is possible at {race}" if race else agree
        case _:
            return f"{_differing(difference, first)} though no material did"


def _all_of(causes: Sequence[Cause]) -> str:
    """Name one cause or two, and count the others of more."""
    if len(causes) != 2:
        return causes[0].text + (f" and {len(causes) - 1} more" if len(causes) > 1 else "")
    whole = " and ".join(cause.text for cause in causes)
    return whole if len(whole) <= _BOTH else f"{_short(causes[0])} and {_short(causes[1])}"


_BOTH = 120
"""Characters of two causes that are shown whole in a headline."""


def _short(cause: Cause) -> str:
    """Return a cause by its name alone where it is a file, whose edit may be long."""
    return cause.name if cause.kind in {MaterialKind.CODE, MaterialKind.DATA} else cause.text


def _identical(difference: Difference) -> str:
    same = [product for product in difference.products if product.state.same]
    leaves = sum(len(product.after.leaves) for product in same if product.after is not None)
    metrics = sum(metric.count for metric in difference.metrics if metric.same)
    parts = [
        *([_count(len(same), "artifact") + f" ({_count(leaves, 'leaf', 'leaves')})"] if same else []),
        *([_count(metrics, "metric")] if metrics else []),
    ]
    return f"{' and '.join(parts) or 'nothing'} {'is' if len(same) + metrics == 1 else 'are'}"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _differing(difference: Difference, first: str = "") -> str:
    """Say what differs, metrics first: they are what people decide by.

    Products of the first step that differs come before those of later ones.
    """
    products = sorted(
        (product for product in difference.products if not product.state.same),
        key=lambda product: (product.step != first, product.path),
    )
    artifacts = [product.path for product in products]
    metrics = [
        metric.name if metric.others is None else f"what is not listed of {metric.file}"
        for metric in difference.metrics
        if not metric.same
    ]
    if len(metrics) == 2 and not artifacts:
        return f"{metrics[0]} and {metrics[1]} differ"
    parts = [*metrics[:1], *([_count(len(metrics) - 1, "more metric")] if len(metrics) > 1 else [])]
    if metrics and len(artifacts) > 1:
        parts.append(_count(len(artifacts), "artifact"))
    elif len(artifacts) > 2:
        parts += [artifacts[0], _count(len(artifacts) - 1, "more artifact")]
    else:
        parts += artifacts
    *most, last = parts
    return f"{', '.join(most)} and {last} differ" if most else f"{last} differs"


def _names(difference: Difference, state: ProductState) -> str:
    names = [product.path for product in difference.products if product.state is state]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def causes_of(
    conclusion: Conclusion,
    *,
    suspects: Sequence[Suspect],
    around: Sequence[Pair],
    first: str,
    reads: Sequence[str],
    findings: Sequence[Finding] = (),
    values: Sequence[Cause] = (),
) -> tuple[Cause, ...]:
    """Return the ranked causes, each in one line.

    Args:
        conclusion: what was found.
        suspects: materials that differ.
        around: circumstances that differ.
        first: the first step whose products differ.
        reads: sentences about files that a step reads and does not declare.
        findings: lines of the first step that differs.
        values: that differ and say themselves what they are.
    """
    shown = findings[:MAX_PLACES]
    if conclusion.flaky and conclusion.again is not None:
        drift = (_flaky(conclusion.again, first), *values, *map(_line, shown))
        return (*drift, *(_beside(suspect, first) for suspect in suspects))
    if conclusion.verdict is Verdict.DRIFTED:
        lines = [
            _line(one) if one.evidence is Evidence.SEEN else _race(one, conclusion.runs) for one in shown
        ]
        drift = (*_undeclared(reads), *_circumstances(around), *values, *lines) or (
            _unknown(first, conclusion.reference),
        )
        return (*drift, *(_beside(suspect, first) for suspect in suspects))
    # What cannot have caused the difference stands among the materials, and under no heading of causes.
    ruled_out = conclusion.verdict is not Verdict.REPRODUCED and any(found.direct for found in suspects)
    return tuple(
        Cause(kind=found.kind, name=found.name, text=found.text, before=found.before, after=found.after)
        for found in suspects
        if found.direct or not ruled_out
    )


def _beside(found: Suspect, first: str) -> Cause:
    unused = "" if found.direct else f"; step {first} does not use it"
    text = f"{found.text} (also changed{unused})"
    return Cause(kind=found.kind, name=found.name, text=text, before=found.before, after=found.after)


def _flaky(again: Difference, first: str) -> Cause:
    where = smallest(again.products, first)
    place = f", smallest difference at {where}" if where else ""
    text = f"step {first} gives different results each time{place}"
    return Cause(kind=None, name=NONDETERMINISM, text=text)


def _undeclared(reads: Sequence[str]) -> tuple[Cause, ...]:
    return tuple(Cause(kind=None, name="undeclared", text=text) for text in reads[:5])


def _circumstances(around: Sequence[Pair]) -> tuple[Cause, ...]:
    return tuple(
        Cause(
            kind=None,
            name=pair.name,
            text=_circumstance(pair),
            before=pair.before,
            after=pair.after,
        )
        for name in _SUSPECT_CIRCUMSTANCES
        for pair in around
        if pair.name == name
    )


def _circumstance(pair: Pair) -> str:
    if pair.name == CIRCUMSTANCE:
        found = numeric_difference(NumericSignature.parse(pair.before), NumericSignature.parse(pair.after))
        if found is not None:
            return found.sentence
    return f"{pair.name.replace('_', ' ')}: {pair.before or 'unknown'} → {pair.after or 'unknown'}"


def _unknown(first: str, reference: str) -> Cause:
    text = f"step {first} consumes something undeclared, or {reference} was not made from these materials"
    return Cause(kind=None, name="undeclared", text=text)


def _line(found: Finding) -> Cause:
    read = "" if found.evidence is Evidence.SEEN else " (read in the source)"
    text = f"{found.location} {found.what}{read} → {found.remedy}"
    name = "seen" if found.evidence is Evidence.SEEN else "read"
    return Cause(kind=None, name=name, text=text, file=found.file, line=found.line)


def _race(found: Finding, runs: int) -> Cause:
    """Name a race that was read in the source.

    Of two outcomes that are equally likely, `runs` runs are all the first one's with 2**(1 - runs).
    """
    chance = (
        f": with two equally likely outcomes, 1 in {2 ** (runs - 1)} such series would agree by chance"
        if runs > 1
        else ""
    )
    seen = f"stable in {runs} of {runs} here{chance}"
    text = f"{found.location} {found.what} (read in the source; {seen}) → {found.remedy}"
    return Cause(kind=None, name=RACE, text=text, file=found.file, line=found.line)


def smallest(products: Sequence[ProductDifference], step: str) -> str:
    """Name the smallest differing leaf of a step's products; the easiest one to look into."""
    found = sorted(
        (_elements(leaf), product.path, leaf.path)
        for product in products
        if product.step == step and not product.state.same
        for leaf in product.leaves
    )
    if found:
        _, product, leaf = found[0]
        return f"{product}: {leaf}" if leaf else product
    return next((product.path for product in products if product.step == step and not product.state.same), "")


def _elements(leaf: DifferingLeaf) -> int:
    side = leaf.after or leaf.before
    count = 1
    for size in side.shape if side is not None else ():
        count *= size
    return count
