# SPDX-License-Identifier: Apache-2.0
"""Joins what was read, seen and traced into places, the most likely first."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice

from repro_action.finding import Confidence, Evidence, Finding, FindingKind
from repro_action.findings.catalogue import CATALOGUE, as_sentence, remedies
from repro_action.findings.observed import kind_of
from repro_action.findings.source.divergence_area import DivergenceArea
from repro_action.findings.source.rule import Likelihood, SourceContext, SourceRule
from repro_action.findings.source.table import HOST_WORDS, OBSERVED, rules_of
from repro_action.observation import Divergence, Observation, ObservationKind
from repro_action.pyanalysis.module import SourceModule
from repro_action.pyanalysis.program import SourceProgram

_MAX_HITS = 200
_MAX_PLACES = 10
_SURE_KINDS = {
    ObservationKind.GENERATOR,
    ObservationKind.ENTROPY,
    ObservationKind.CLOCK,
    ObservationKind.LISTING,
}
_CONFIDENCE = {
    0: Confidence.HIGH,
    1: Confidence.HIGH,
    2: Confidence.MEDIUM,
    3: Confidence.MEDIUM,
    4: Confidence.LOW,
    5: Confidence.LOW,
    6: Confidence.LOW,
}
"""Of each tier: a known pattern that ran, one near where the runs part, a line only seen, a pattern only
read, an answer of the machine only seen, the divergence alone, a pattern that is mostly harmless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleMatch:
    """A pattern at a line.

    Attributes:
        first, last: lines of the statement, or of the head of a loop.
        main: whether one of the culprits is the rule's usual variation.
    """

    file: str
    line: int
    first: int
    last: int
    what: str
    likelihood: Likelihood
    main: bool
    rule: SourceRule


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedMatch:
    """A finding and how likely it is; smaller is likelier."""

    order: tuple[int, ...]
    finding: Finding


def found_in(context: SourceContext, culprits: Collection[str]) -> Iterator[RuleMatch]:
    """Yield what the rules find in one file."""
    module = context.module
    for rule, main in rules_of(culprits):
        for hit in islice(rule.find(context), _MAX_HITS):
            first, last = _span(module, hit.node)
            shown = module.shown(hit.node)
            yield RuleMatch(
                file=module.path,
                line=getattr(hit.node, "lineno", first),
                first=first,
                last=last,
                what=f"`{shown}` {hit.says or rule.says}",
                likelihood=hit.likelihood,
                main=main,
                rule=rule,
            )


def _span(module: SourceModule, node: ast.AST) -> tuple[int, int]:
    own = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
    statement = module.statement(node)
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr | ast.Return):
        return statement.lineno, statement.end_lineno or statement.lineno
    return own


def rank(
    program: SourceProgram,
    found: Collection[RuleMatch],
    culprits: Collection[str],
    observations: Collection[Observation],
    divergence: Divergence | None,
) -> tuple[Finding, ...]:
    """Return the findings, the most likely first, each line once, at most ten.

    Args:
        program: the project's source.
        found: lines that a rule knows.
        culprits: names of the variations that change the outputs together.
        observations: what the processes reported.
        divergence: the first call at which two runs parted; None without a trace.
    """
    fitting = [item for item in observations if _fits(item, culprits, program)]
    near = DivergenceArea.of(program, divergence)
    ranked = [
        *_patterns(found, fitting, near, culprits),
        *_only_seen(found, fitting, culprits),
        *_only_traced(near, culprits),
    ]
    best: dict[tuple[str, int], RankedMatch] = {}
    for item in sorted(ranked, key=_likely):
        best.setdefault((item.finding.file, item.finding.line), item)
    return tuple(item.finding for item in best.values())[:_MAX_PLACES]


def _likely(item: RankedMatch) -> tuple[tuple[int, ...], str, int, str, str]:
    """Order by likelihood, then by everything that is shown, so that chance has no say."""
    found = item.finding
    return item.order, found.file, found.line, found.what, found.remedy


def _fits(item: Observation, culprits: Collection[str], program: SourceProgram) -> bool:
    """Whether something seen can be the reason; imports list folders too, and are none."""
    if not item.file or item.line < 1 or item.seeded:
        return False
    if _imports(program, item):
        return False
    kinds = {kind for name in culprits for kind in OBSERVED.get(name, ())}
    if item.kind is ObservationKind.HOST:
        words = [word for name in culprits for word in HOST_WORDS.get(name, ())]
        return any(word in item.what.lower() for word in words)
    return item.kind in kinds


def _imports(program: SourceProgram, item: Observation) -> bool:
    module = program.modules.get(item.file)
    return module is not None and any(
        node.lineno <= item.line <= (node.end_lineno or node.lineno)
        for node in [*module.each(ast.Import), *module.each(ast.ImportFrom)]
    )


def _patterns(
    found: Collection[RuleMatch],
    fitting: Collection[Observation],
    near: DivergenceArea,
    culprits: Collection[str],
) -> Iterator[RankedMatch]:
    reported = {item.kind for item in fitting}
    for item in found:
        if item.likelihood is Likelihood.HARMLESS:
            continue
        seen = any(meets(item, one) for one in fitting)
        distance = near.distance(item.file, (item.first, item.last))
        traced = distance is not None
        silent = item.rule.kind in reported and not seen  # it would have been reported, had it run
        tier = 0 if seen else 1 if traced else 3
        if item.likelihood is Likelihood.UNLIKELY:
            tier = 6
        order = (
            tier,
            int(not item.main),
            int(item.likelihood),
            int(silent),
            distance if distance is not None else 1000,
        )
        yield RankedMatch(
            order=order,
            finding=Finding(
                kind=_kind(item.rule, culprits),
                file=item.file,
                line=item.line,
                what=item.what,
                remedy=item.rule.remedy.value,
                evidence=Evidence.SEEN if seen else Evidence.TRACED if traced else Evidence.READ,
                confidence=_CONFIDENCE[5 if tier == 3 and item.likelihood is Likelihood.POSSIBLE else tier],
            ),
        )


def _kind(rule: SourceRule, culprits: Collection[str]) -> FindingKind:
    """Return the kind that a process would report, or the variation under which it shows."""
    if rule.kind is not None:
        return kind_of(Observation(kind=rule.kind, what=""))
    shows = [name for name in (*rule.main, *rule.also) if name in culprits]
    return FindingKind(shows[0] if shows else next(iter(rule.main)))


def meets(item: RuleMatch, one: Observation) -> bool:
    """Whether a pattern stands at the line at which something of its kind was seen."""
    return item.rule.kind is one.kind and item.file == one.file and item.first <= one.line <= item.last


def _only_seen(
    found: Collection[RuleMatch], fitting: Collection[Observation], culprits: Collection[str]
) -> Iterator[RankedMatch]:
    """What was seen where no rule knows the line; lines that a rule knows to be harmless are left out."""
    for one in fitting:
        if any(meets(item, one) for item in found):
            continue
        kinds = [OBSERVED[name] for name in culprits if name in OBSERVED]
        place = min((reported.index(one.kind) for reported in kinds if one.kind in reported), default=9)
        tier = 2 if one.kind in _SURE_KINDS else 4
        detail = f" of `{clean(one.detail)}`" if one.detail and one.kind is ObservationKind.LISTING else ""
        yield RankedMatch(
            order=(tier, place, 0, 0, 0),
            finding=Finding(
                kind=kind_of(one),
                step=one.step,
                file=one.file,
                line=one.line,
                what=f"`{clean(one.what)}`{detail} was called here",
                remedy=_remedy(one, culprits),
                evidence=Evidence.SEEN,
                confidence=_CONFIDENCE[tier],
            ),
        )


def _remedy(one: Observation, culprits: Collection[str]) -> str:
    if one.kind in _SURE_KINDS:
        return as_sentence(CATALOGUE[kind_of(one)].remedy)
    return remedies(culprits)


def _only_traced(near: DivergenceArea, culprits: Collection[str]) -> Iterator[RankedMatch]:
    if near.file and near.line >= 1:
        yield RankedMatch(
            order=(5, 0, 0, 0, 0),
            finding=Finding(
                kind=next((kind for kind in FindingKind if kind in culprits), FindingKind.AGAIN),
                file=near.file,
                line=near.line,
                what=f"`{clean(near.function)}` is the first call that returned something else",
                remedy=remedies(culprits),
                evidence=Evidence.TRACED,
                confidence=_CONFIDENCE[5],
            ),
        )


def clean(text: str) -> str:
    """Return foreign text without control characters, shortened."""
    kept = "".join(letter if letter.isprintable() else " " for letter in text[:120])
    return kept if len(text) <= 120 else kept + "…"
