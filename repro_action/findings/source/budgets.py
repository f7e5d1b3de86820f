# SPDX-License-Identifier: Apache-2.0
"""Work that goes on for as long as a budget of time lasts: how much is done depends on the machine."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from repro_action.findings.source.clocks import reads_clock
from repro_action.findings.source.remedies import SourceRemedy
from repro_action.findings.source.rule import LIKELY, RuleHit, SourceContext, SourceRule
from repro_action.pyanalysis.syntax import argument, constant, last_name

_BUDGETS = {
    *("time_budget", "time_budget_s", "time_left_for_this_task", "per_run_time_limit", "max_time_mins"),
    *("max_eval_time_mins", "max_runtime_secs", "time_limit", "timeout_in_minutes", "total_time_limit"),
}
_SEARCHES = {"optimize", "minimize", "tune", "search"}


def _compared(context: SourceContext) -> Iterator[RuleHit]:
    """Readings of the clock that end a loop: `while time.monotonic() < end`, `if … > limit: break`."""
    module = context.module
    for call in module.each(ast.Call):
        if not reads_clock(context, call):
            continue
        loads = module.loads_of(module.statement(call)) or []
        if any(_ends(context, node) for node in (call, *loads)):
            yield RuleHit(node=call)


def _ends(context: SourceContext, node: ast.AST) -> bool:
    """Whether a comparison that an expression is part of ends a loop."""
    around = list(context.module.around(node))
    compare = next((item for item in around if isinstance(item, ast.Compare)), None)
    return compare is not None and any(
        (isinstance(item, ast.While) and _holds(item.test, compare)) or _breaks(item, compare)
        for item in around
    )


def _holds(test: ast.expr, compare: ast.Compare) -> bool:
    return any(node is compare for node in ast.walk(test))


def _breaks(node: ast.AST, compare: ast.Compare) -> bool:
    if not isinstance(node, ast.If) or not _holds(node.test, compare):
        return False
    return any(isinstance(part, ast.Break | ast.Return) for part in node.body)


def _time_limits(context: SourceContext) -> Iterator[RuleHit]:
    """Searches that are given a time: `study.optimize(…, timeout=60)`, `AutoML().fit(…, time_budget=60)`."""
    for call in context.module.each(ast.Call):
        names = [item.arg for item in call.keywords if item.arg in _BUDGETS]
        if argument(call, -1, "timeout") is not None and last_name(call.func) in _SEARCHES:
            names.append("timeout")
        for name in names[:1]:
            if constant(argument(call, -1, str(name))) is not None:
                yield RuleHit(node=call, likelihood=LIKELY, says=f"stops when `{name}` runs out")


RULES = (
    SourceRule(
        main=("time",),
        also=("again",),
        says="lets the clock decide how much work is done",
        remedy=SourceRemedy.ROUNDS_NOT_TIME,
        find=_compared,
        overrules=True,
    ),
    SourceRule(
        main=("again",),
        also=("time", "threads", "affinity"),
        says="stops when its time limit is reached",
        remedy=SourceRemedy.ROUNDS_NOT_TIME,
        find=_time_limits,
    ),
)
