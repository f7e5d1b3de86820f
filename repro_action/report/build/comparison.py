# SPDX-License-Identifier: Apache-2.0
"""Two fingerprints and their difference → one `Comparison` of the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from repro_action.compare.difference import Difference, MetricDifference
from repro_action.compare.metrics import ulp_distance
from repro_action.compare.parting import TrainingParting
from repro_action.compare.remainders import Remainder
from repro_action.compare.seed_noise import NO_RECORD
from repro_action.compare.training import partings
from repro_action.config.model import MetricRule
from repro_action.findings.suspects import Key
from repro_action.fingerprint import Circumstances, Fingerprint, MaterialKind
from repro_action.folded_values import with_few_values
from repro_action.numeric.difference import numeric_difference
from repro_action.numeric.signature import CIRCUMSTANCE, signature_in
from repro_action.report.build.artifacts import artifacts, leaf_counts
from repro_action.report.build.opaque import with_repetition
from repro_action.report.model import (
    STRIP,
    Comparison,
    Counts,
    ExcludedLeaves,
    Goal,
    InputState,
    MetricRow,
    Pair,
    Side,
    State,
)

MAX_MATERIALS = 100
MAX_METRICS = 200
MAX_PARTINGS = 20

NOTHING: Mapping[Key, str] = MappingProxyType({})

_STRIP_KINDS: dict[str, tuple[MaterialKind, ...]] = {
    "code": (MaterialKind.CODE, MaterialKind.STEPS),
    "data": (MaterialKind.DATA,),
    "params": (MaterialKind.PARAMS,),
    "env": (MaterialKind.ENVIRONMENT, MaterialKind.PACKAGES),
    "seed": (MaterialKind.SEED,),
    "determinism": (MaterialKind.DETERMINISM,),
}


def comparison(
    difference: Difference,
    before: Fingerprint,
    after: Fingerprint,
    *,
    sides: tuple[Side, Side],
    extents: Mapping[Key, str] = NOTHING,
    again: Difference | None = None,
) -> Comparison:
    """Put a difference into the report's terms, bounded in length and worst first.

    Args:
        difference: between the two.
        before: the older fingerprint.
        after: the newer one.
        sides: how they are called.
        extents: what is known of materials beyond digests, such as `+120 rows`.
        again: of the newer one against another run of the same materials, if there was one.
    """
    difference = with_repetition(difference, again)
    rows = _rows(difference.metrics, after)
    shown = sorted(rows, key=lambda row: (row.state is State.IDENTICAL, row.state.accepted))[:MAX_METRICS]
    listed, hidden_artifacts = artifacts(difference.products, after.steps, unnamed=sides[1].label)
    materials = tuple(
        replace(found, extent=extents.get((found.kind, found.name), found.extent))
        for found in difference.materials
    )
    return Comparison(
        before=sides[0],
        after=sides[1],
        strip=_strip(difference, before, after),
        materials=materials[:MAX_MATERIALS],
        metrics=tuple(shown),
        artifacts=listed,
        excluded=_excluded(after, unnamed=sides[1].label),
        unchanged=_unchanged(difference),
        hidden=Counts(
            artifacts=hidden_artifacts,
            metrics=sum(1 for row in rows if row not in shown and row.state is not State.IDENTICAL)
            if len(rows) > len(shown)
            else 0,
        ),
        hidden_materials=max(0, len(materials) - MAX_MATERIALS),
        partings=_partings(difference, again)[:MAX_PARTINGS],
    )


def _partings(difference: Difference, again: Difference | None) -> tuple[TrainingParting, ...]:
    """Return where trainings part; of a run that disagrees with itself, where two of its kind do."""
    repeated = partings(again.products) if again is not None else ()
    known = {parting.artifact for parting in repeated}
    others = (parting for parting in partings(difference.products) if parting.artifact not in known)
    return (*(replace(parting, repeated=True) for parting in repeated), *others)


def circumstances(before: Fingerprint, after: Fingerprint) -> tuple[Pair, ...]:
    """Return the circumstances that differ, the CPU first."""
    old, new = before.circumstances, after.circumstances
    if not old:
        return ()  # nothing was recorded of them
    names = sorted({*old, *new}, key=lambda name: (not name.startswith("cpu"), name))
    return tuple(
        Pair(name=name, before=old.get(name, ""), after=new.get(name, ""))
        for name in names
        if old.get(name, "") != new.get(name, "") and not _computes_alike(name, old, new)
    )


def _computes_alike(name: str, old: Circumstances, new: Circumstances) -> bool:
    """Whether it is the numeric signature, and nothing that both sides know of it differs."""
    return name == CIRCUMSTANCE and numeric_difference(signature_in(old), signature_in(new)) is None


def unrecorded(found: Comparison, kinds: frozenset[MaterialKind]) -> Comparison:
    """Return a comparison that does not call the same what one side says nothing of."""
    if not kinds:
        return found
    silent = {name for name, ours in _STRIP_KINDS.items() if kinds.issuperset(ours)}
    strip = tuple(replace(one, same=None) if one.name in silent else one for one in found.strip)
    return replace(found, strip=strip)


def _rows(metrics: Iterable[MetricDifference], after: Fingerprint) -> tuple[MetricRow, ...]:
    """Return a row a metric, and one for those of a file that a baseline of the later side does not list.

    What a report shows of a metric is checked against what is committed: see `report.consistency`.
    """
    listed = with_few_values(after)
    rows: list[MetricRow] = []
    unlisted: dict[str, list[MetricDifference]] = {file: [] for file in listed.folded_metrics}
    for metric in metrics:
        if metric.others is not None:
            rows.extend([] if metric.same else [metric_row(metric)])
        elif metric.file in unlisted and metric.name not in listed.metrics[metric.file]:
            unlisted[metric.file].append(metric)
        else:
            rows.append(metric_row(metric))
    return (*rows, *(row for file, found in unlisted.items() for row in _unlisted(file, found)))


def _unlisted(file: str, metrics: Sequence[MetricDifference]) -> Iterator[MetricRow]:
    differing = [metric for metric in metrics if not metric.same]
    if differing:
        others = Remainder(
            before=sum(metric.in_before for metric in metrics),
            after=sum(metric.in_after for metric in metrics),
            same=False,
            names=tuple(metric.name for metric in differing),
        )
        yield _further(file, others, within=all(metric.within for metric in differing))


def _further(file: str, others: Remainder, *, within: bool) -> MetricRow:
    return MetricRow(
        file=file,
        name=others.sentence("metric"),
        state=State.TOLERATED if within else State.DIFFERS,
        before=others.before,
        after=others.after,
        further=True,
    )


def metric_row(found: MetricDifference) -> MetricRow:
    """Put one metric into the report's terms."""
    if found.others is not None:
        return _further(found.file, found.others, within=found.within)
    delta = relative = ulp = better = None
    old, new = _number(found.before), _number(found.after)
    if old is not None and new is not None and not found.same:
        delta = new - old
        relative = delta / abs(old) if old else None
        ulp = ulp_distance(old, new)
        if found.rule.goal is not None and delta:
            better = (delta > 0) == (found.rule.goal == "max")
    return MetricRow(
        file=found.file,
        name=found.name,
        state=_metric_state(found),
        before=found.before,
        after=found.after,
        delta=delta,
        relative=relative,
        ulp=ulp,
        goal=Goal(found.rule.goal or ""),
        better=better,
        allowed=allowance(found.rule),
    )


def allowance(rule: MetricRule) -> str:
    """Say a metric's rule in words, such as `±0.002` or `at most 0.01 worse`."""
    tolerance = rule.tolerance
    parts = [
        *([f"±{tolerance.atol:g}"] if tolerance.atol else []),
        *([f"±{tolerance.rtol * 100:g} %"] if tolerance.rtol else []),
        *([f"at most {_amount(rule)} worse{_by_noise(rule)}"] if rule.worsening is not None else []),
    ]
    if rule.sigmas is not None and rule.worsening is None:
        parts.append(f"exact: {rule.exact_because or NO_RECORD}")
    return " or ".join(parts) or "exact"


def _amount(rule: MetricRule) -> str:
    return f"{rule.worsening:.3g}" if rule.sigmas is not None else f"{rule.worsening:g}"


def _by_noise(rule: MetricRule) -> str:
    return f" ({rule.sigmas:g} \N{GREEK SMALL LETTER SIGMA} of seed noise)" if rule.sigmas is not None else ""


def _metric_state(found: MetricDifference) -> State:
    if not found.in_after:
        return State.MISSING
    if not found.in_before:
        return State.ADDED
    if found.same:
        return State.IDENTICAL
    return State.TOLERATED if found.within else State.DIFFERS


def _number(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _strip(difference: Difference, before: Fingerprint, after: Fingerprint) -> tuple[InputState, ...]:
    if not (before.platform or after.platform or before.materials or after.materials):
        # Two artifacts by themselves; where nothing was compared, nothing is the same.
        return ()
    changed = {found.kind for found in difference.materials}
    states = [
        InputState(name=name, same=not changed.intersection(kinds)) for name, kinds in _STRIP_KINDS.items()
    ]
    old, new = before.circumstances.get("cpu", ""), after.circumstances.get("cpu", "")
    hardware = InputState(name="hardware", same=old == new if old and new else None, note=new)
    by_name = {state.name: state for state in [*states, hardware]}
    return tuple(by_name[name] for name in STRIP)


def _excluded(after: Fingerprint, *, unnamed: str) -> tuple[ExcludedLeaves, ...]:
    return tuple(
        ExcludedLeaves(
            artifact=path or unnamed,
            rule=rule,
            count=count,
            example=next((leaf for leaf, name in product.excluded.items() if name == rule), ""),
        )
        for path, product in sorted(after.products.items())
        for rule, count in sorted(product.left_out().items())
    )


def _unchanged(difference: Difference) -> Counts:
    same = [product for product in difference.products if product.state.same]
    return Counts(
        artifacts=len(same),
        leaves=sum(leaf_counts(product)[1] for product in difference.products),
        metrics=sum(metric.count for metric in difference.metrics if metric.same),
    )
