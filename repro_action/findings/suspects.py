# SPDX-License-Identifier: Apache-2.0
"""Rank the materials that differ by whether they can have caused the first difference.

Steps run in order and read only what they declare. So where every product before step D
agrees with the baseline, only what D itself consumes, and what every step shares (seed,
determinism, environment), can explain D's products.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from repro_action.compare.materials import (
    OUTPUTS,
    READ,
    MaterialDifference,
    Presence,
    split_step,
    suspicion,
)
from repro_action.findings.edits import FileEdit, command_edit, words
from repro_action.findings.suspect import Suspect
from repro_action.fingerprint import MaterialKind
from repro_action.listing import REST
from repro_action.text import apart
from repro_action.tree import Scalar

if TYPE_CHECKING:
    from repro_action.compare.difference import Difference

Key = tuple[MaterialKind, str]

_SHARED = frozenset(
    {MaterialKind.SEED, MaterialKind.DETERMINISM, MaterialKind.ENVIRONMENT, MaterialKind.PACKAGES}
)


def differing_steps(
    difference: Difference, order: Collection[str], metric_steps: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the steps whose products or metrics differ, in the order in which they ran.

    Args:
        difference: of the candidate against the baseline.
        order: step names in the order in which they ran.
        metric_steps: metrics file → step that writes it.
    """
    differing = {product.step for product in difference.products if not product.state.same}
    differing |= {metric_steps.get(metric.file, "") for metric in difference.metrics if not metric.same}
    return tuple(step for step in order if step in differing)


def first_step(difference: Difference, order: Collection[str], metric_steps: Mapping[str, str]) -> str:
    """Return the first of `differing_steps`, or `""`."""
    return next(iter(differing_steps(difference, order, metric_steps)), "")


def rank(
    differences: Collection[MaterialDifference],
    *,
    consumed: Collection[Key],
    imported: Collection[str],
    edits: Mapping[Key, FileEdit],
) -> tuple[Suspect, ...]:
    """Rank suspects: those that can have caused the first difference come first.

    Args:
        differences: materials that differ.
        consumed: code, data, params and commands of the first step that differs; empty when
            no step differs, and then nothing is ruled out.
        imported: normalized names of distributions that the steps imported; empty if unknown.
        edits: what is known of changed files.
    """
    only_rules = all(found.kind is MaterialKind.RULES for found in differences)

    def direct(found: MaterialDifference) -> bool:
        if found.kind is MaterialKind.RULES:
            return only_rules
        if found.kind is MaterialKind.PACKAGES and imported:
            return found.name in imported
        return found.kind in _SHARED or not consumed or (found.kind, found.name) in consumed

    def edit(found: MaterialDifference) -> FileEdit:
        return edits.get((found.kind, found.name), FileEdit())

    def last(found: MaterialDifference) -> tuple[bool, bool, object]:
        # Where nothing differs, nothing is ruled out: a package stands above the settings that came with it.
        return bool(consumed) and not direct(found), edit(found).same_program, suspicion(found)

    ranked = sorted(differences, key=last)
    return tuple(
        Suspect(
            kind=found.kind,
            name=found.name,
            before=before,
            after=after,
            text=describe(found, edit(found).text),
            direct=direct(found),
        )
        for found in ranked
        for before, after in [shown_values(found)]
    )


def describe(found: MaterialDifference, detail: str = "") -> str:
    """Return one line that says how a material differs."""
    if found.name == REST and found.extent:
        return found.extent
    match found.kind:
        case MaterialKind.CODE | MaterialKind.DATA:
            return f"{found.name}: {detail or _presence(found) or 'changed'}"
        case MaterialKind.STEPS:
            return f"step {found.name}: {_presence(found) or _step(found) or 'declarations changed'}"
        case MaterialKind.PACKAGES:
            return _package(found)
        case MaterialKind.RULES:
            return f"rules changed: {_rule(found)}"
        case MaterialKind.PARAMS | MaterialKind.SEED | MaterialKind.DETERMINISM | MaterialKind.ENVIRONMENT:
            return _values(found, *shown_values(found))


def _values(found: MaterialDifference, before: str, after: str) -> str:
    """Say which value became which, or that there is one on one side only."""
    presence = _presence(found)
    return f"{found.name} " + (f"{after or before} {presence}" if presence else f"{before} → {after}")


def _step(found: MaterialDifference) -> str:
    """Say which words of a command, and which outputs, differ."""
    (old, outputs), (new, others) = split_step(found.before), split_step(found.after)
    parts = [command_edit(old, new), _outputs(outputs, others)]
    return ", ".join(part for part in parts if part)


def _outputs(before: Scalar, after: Scalar) -> str:
    old, new = words(str(before)), words(str(after))
    added = [f"{name} is now an output" for name in new if name not in old]
    removed = [f"{name} is no longer an output" for name in old if name not in new]
    return ", ".join([*added, *removed])


def _rule(found: MaterialDifference) -> str:
    subject, _, what = found.name.rpartition(": ")
    if what == READ and _presence(found):
        return f"{subject} is {'now' if found.in_after else 'no longer'} read as metrics"
    if what == OUTPUTS:
        return f"{_outputs(found.before, found.after)} of step {subject}"
    return _values(found, *shown_values(found))


def _presence(found: MaterialDifference) -> str:
    if not found.in_before:
        return "added"
    return "" if found.in_after else "removed"


def _package(found: MaterialDifference) -> str:
    before, after = version_of(found.before), version_of(found.after)
    rebuilt = before == after and not _presence(found)
    return f"{found.name} {after}: another build" if rebuilt else _values(found, before, after)


def version_of(value: Scalar) -> str:
    """Return the version in a package material, `2.4.6 record:3f…`."""
    return value.split(" ", 1)[0] if isinstance(value, str) else ""


def shown_values(found: MaterialDifference) -> tuple[str, str]:
    """Return both values for people; an empty text where a side has no such material."""
    if found.presence is Presence.UNTYPED:
        return str(found.before), str(found.after)
    before, after = (
        show(found.before) if found.in_before else "",
        show(found.after) if found.in_after else "",
    )
    return apart(before, after, _VALUE) if before and after else (before, after)


_VALUE = 40
"""Characters of a value that is shown beside another one."""


def show(value: Scalar) -> str:
    """Return a value for people, different for every value: `1`, `"1"`; digests are shortened.

    A text stands as it is, and in quotes where it would read as another value or as none.
    """
    if isinstance(value, str):
        algorithm, _, digest = value.partition(":")
        if algorithm in {"blake3", "sha256", "md5"} or algorithm.startswith("tree1-"):
            return f"{algorithm}:{digest[:12]}"
        return json.dumps(value, ensure_ascii=False) if _ambiguous(value) else value
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case _:
            return repr(value)


_LITERAL = re.compile(
    r"[+-]?(?:\d[\d_]*(?:\.[\d_]*)?(?:e[+-]?\d+)?|\.\d+|nan|inf(?:inity)?)|true|false|null|none",
    re.IGNORECASE,
)


def _ambiguous(text: str) -> bool:
    return not text.strip() or text != text.strip() or text[0] == '"' or bool(_LITERAL.fullmatch(text))
