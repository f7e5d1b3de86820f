# SPDX-License-Identifier: Apache-2.0
"""Orders of hash maps inside compiled code, which no seed of Python reaches."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from repro_action.findings.source.remedies import SourceRemedy
from repro_action.findings.source.rule import HARMLESS, LIKELY, POSSIBLE, RuleHit, SourceContext, SourceRule
from repro_action.pyanalysis.syntax import argument, constant, last_name, last_part

_GROUPS = {"group_by", "groupby", "unique", "value_counts"}
_FOLLOWS = {"lazy", "collect", "agg", "filter", "select", "with_columns", "drop_nulls", "rename", "cast"}
_LEARNS = {"train", "train_from_iterator"}
_BY_FREQUENCY = {"WordPieceTrainer", "BertWordPieceTokenizer"}


def _grouped(context: SourceContext) -> Iterator[RuleHit]:
    """Groups and distinct rows of Polars come in any order unless they are asked to keep theirs."""
    if "polars" not in set(context.module.aliases.values()):
        return
    for call in context.module.each(ast.Call):
        if not isinstance(call.func, ast.Attribute) or last_name(call.func) not in _GROUPS:
            continue
        dotted = context.dotted(call.func)
        if not dotted.startswith("polars.") and last_name(call.func) != "group_by":
            continue
        kept = constant(argument(call, -1, "maintain_order")) is True
        harmless = kept or _sorted_after(context, call)
        yield RuleHit(node=call, likelihood=HARMLESS if harmless else context.if_ordered(call))


def _sorted_after(context: SourceContext, node: ast.AST) -> bool:
    """Whether a chain of calls, or the one use of the name that it is bound to, sorts."""
    module = context.module
    while True:
        above = module.parent(node)
        match above:
            case ast.Attribute(attr="sort" | "sort_by"):
                return True
            case ast.Attribute(attr=name) if name in _FOLLOWS:
                node = module.parent(above) or above
            case ast.Assign(targets=[ast.Name()]):
                loads = module.loads_of(above) or []
                return len(loads) == 1 and _sorted_after(context, loads[0])
            case _:
                return False


def _learned(context: SourceContext) -> Iterator[RuleHit]:
    """Tokenizers that number pieces in the order of a hash map: huggingface/tokenizers#1794."""
    calls = context.module.each(ast.Call)
    by_frequency = any(last_part(context.dotted(call.func)) in _BY_FREQUENCY for call in calls)
    for call in calls:
        dotted = context.dotted(call.func)
        if dotted.startswith("tokenizers.") and last_part(dotted) in _LEARNS:
            yield RuleHit(node=call, likelihood=LIKELY if by_frequency else POSSIBLE)


_native = partial(SourceRule, main=("again",), also=("aslr", "threads"), race=True)

RULES = (
    _native(says="returns its rows in no fixed order", remedy=SourceRemedy.MAINTAIN_ORDER, find=_grouped),
    _native(
        says="numbers its pieces in the order of a hash map inside compiled code",
        remedy=SourceRemedy.LEARN_ONCE,
        find=_learned,
    ),
)
