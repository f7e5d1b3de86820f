# SPDX-License-Identifier: Apache-2.0
"""The sentences of a verification's report: headline and causes."""

from __future__ import annotations

from collections.abc import Sequence

from repro_action.compare.difference import Difference, DifferingLeaf, ProductDifference, ProductState
from repro_action.finding import Finding
from repro_action.findings.suspects import Suspect
from repro_action.fingerprint import MaterialKind
from repro_action.report.model import Cause, Flavour, Pair
from repro_action.verdict import Verdict

MAX_PLACES = 10
"""Lines of code that are named as causes."""

_SUSPECT_CIRCUMSTANCES = ("cpu", "blas_kernel", "libc", "kernel", "os")


def headline(
    verdict: Verdict, flavour: Flavour, difference: Difference, *, causes: Sequence[Cause], first: str
) -> str:
    """Say in one sentence what was found."""
    match verdict:
        case Verdict.REPRODUCED:
            sentence = f"{_identical(difference)} identical to the baseline"
            if flavour is Flavour.MATERIALS and all(found.kind is MaterialKind.RULES for found in causes):
                return f"{sentence}; {causes[0].text}{_more(len(causes) - 1)}"
            if flavour is Flavour.MATERIALS:
                count = _count(len(difference.materials), "material")
                return f"{sentence}, though {count} changed: a change that proves itself harmless"
            if flavour is Flavour.BYTES_ONLY:
                names = _names(difference, ProductState.BYTES_ONLY)
                return f"{sentence}; only container bytes of {names} differ"
            return sentence
        case Verdict.EQUIVALENT:
            return f"{_differing(difference, first)} from the baseline, all inside the declared tolerance"
        case Verdict.CHANGED:
            cause = f": {causes[0].text}" if causes else ""
            return f"{_differing(difference, first)} from the baseline{cause}"
        case Verdict.DRIFTED if flavour is Flavour.FLAKY:
            return f"two runs of the same materials disagree; it begins in step {first}"
        case Verdict.DRIFTED if flavour is Flavour.STABLE:
            return f"{_differing(difference, first)} though no material did; two runs here agree"
        case _:
            return f"{_differing(difference, first)} though no material did"


def _more(number: int) -> str:
    return f" and {number} more" if number > 0 else ""


def _identical(difference: Difference) -> str:
    same = [product for product in difference.products if product.state.same]
    leaves = sum(len(product.after.leaves) for product in same if product.after is not None)
    metrics = sum(1 for metric in difference.metrics if metric.same)
    parts = [
        *([_count(len(same), "artifact") + f" ({_count(leaves, 'leaf', 'leaves')})"] if same else []),
        *([_count(metrics, "metric")] if metrics else []),
    ]
    return f"{' and '.join(parts) or 'nothing'} {'is' if len(same) + metrics == 1 else 'are'}"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _differing(difference: Difference, first: str = "") -> str:
    """Say what differs; products of the first step that differs come first."""
    differing = sorted(
        (product for product in difference.products if not product.state.same),
        key=lambda product: (product.step != first, product.path),
    )
    artifacts = [product.path for product in differing]
    metrics = [f"{metric.name} of {metric.file}" for metric in difference.metrics if not metric.same]
    names = [*artifacts, *metrics]
    if len(names) <= 2:
        return " and ".join(names) + (" differs" if len(names) == 1 else " differ")
    rest = [
        *([_count(len(artifacts) - 1, "more artifact")] if len(artifacts) > 1 else []),
        *([_count(len(metrics), "metric")] if artifacts and metrics else []),
        *([] if artifacts else [_count(len(metrics) - 1, "more metric")]),
    ]
    return f"{', '.join([names[0], *rest[:-1]])} and {rest[-1]} differ"


def _names(difference: Difference, state: ProductState) -> str:
    names = [product.path for product in difference.products if product.state is state]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def causes_of(
    verdict: Verdict,
    flavour: Flavour,
    *,
    suspects: Sequence[Suspect],
    around: Sequence[Pair],
    first: str,
    again: Difference | None,
    reads: Sequence[str],
    findings: Sequence[Finding] = (),
) -> tuple[Cause, ...]:
    """Return the ranked causes, each in one line.

    Args:
        verdict: what was found.
        flavour: what it leaves open.
        suspects: materials that differ.
        around: circumstances that differ.
        first: the first step whose products differ.
        again: of the repeated run against the first, if there was one.
        reads: sentences about files that a step reads and does not declare.
        findings: lines of the first step that differs.
    """
    if verdict is Verdict.DRIFTED:
        found = _drift(flavour, around, first, again, reads, findings)
        return (*found, *(_beside(suspect, first) for suspect in suspects))
    # What cannot have caused the difference stands among the materials, and under no heading of causes.
    ruled_out = verdict is not Verdict.REPRODUCED and any(found.direct for found in suspects)
    return tuple(
        Cause(kind=found.kind, name=found.name, text=found.text, before=found.before, after=found.after)
        for found in suspects
        if found.direct or not ruled_out
    )


def _beside(found: Suspect, first: str) -> Cause:
    unused = "" if found.direct else f"; step {first} does not use it"
    text = f"{found.text} (also changed{unused})"
    return Cause(kind=found.kind, name=found.name, text=text, before=found.before, after=found.after)


def _drift(
    flavour: Flavour,
    around: Sequence[Pair],
    first: str,
    again: Difference | None,
    reads: Sequence[str],
    findings: Sequence[Finding],
) -> tuple[Cause, ...]:
    places = tuple(_line(found) for found in findings[:MAX_PLACES])
    if flavour is Flavour.FLAKY and again is not None:
        where = smallest(again.products, first)
        place = f", smallest difference at {where}" if where else ""
        text = f"step {first} gives other results each time{place}"
        return (Cause(kind=None, name="nondeterminism", text=text), *places)
    found = [Cause(kind=None, name="undeclared", text=text) for text in reads[:5]]
    found += [
        Cause(
            kind=None,
            name=pair.name,
            text=f"{pair.name.replace('_', ' ')}: {pair.before or 'unknown'} → {pair.after or 'unknown'}",
            before=pair.before,
            after=pair.after,
        )
        for name in _SUSPECT_CIRCUMSTANCES
        for pair in around
        if pair.name == name
    ]
    found += places
    if found:
        return tuple(found)
    text = f"step {first} consumes something undeclared, or these materials did not make the baseline"
    return (Cause(kind=None, name="undeclared", text=text),)


def _line(found: Finding) -> Cause:
    text = f"{found.location} {found.what} → {found.remedy}"
    return Cause(kind=None, name="seen", text=text)


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
