# SPDX-License-Identifier: Apache-2.0
"""What threads and processes share: generators, lists, sums, queues."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from repro_action.findings.source.remedies import SourceRemedy
from repro_action.findings.source.rule import (
    HARMLESS,
    LIKELY,
    POSSIBLE,
    RuleHit,
    SourceContext,
    SourceRule,
)
from repro_action.pyanalysis.module import SourceModule
from repro_action.pyanalysis.order import is_whole
from repro_action.pyanalysis.syntax import Defined, argument, constant, last_name, last_part

_GENERATORS = {"default_rng", "RandomState", "Random", "Generator", "SeedSequence", "PRNGKey"}
_QUEUES = {"Queue", "SimpleQueue", "LifoQueue", "PriorityQueue", "JoinableQueue"}
_DELAYED = {"dask.delayed", "dask.delayed.delayed"}
_STARTS = {
    *("Thread", "submit", "map", "apply_async", "start_new_thread", "Timer", "delayed", "imap"),
    "run_in_executor",
}


def _shared(context: SourceContext) -> Iterator[RuleHit]:
    """Workers that draw from one generator: who draws first is left to chance."""
    module = context.module
    for call in module.each(ast.Call):
        if not _parallel(context, call):
            continue
        if any(_generator(context, node) for node in _within(call)) or _draws_globally(context, call):
            yield RuleHit(node=call)
            yield from _drawn(context, call)


def _parallel(context: SourceContext, call: ast.Call) -> bool:
    """Whether a call hands work to several workers."""
    name = last_name(call.func)
    if context.dotted(call.func).endswith("Parallel()"):
        inner = call.func if isinstance(call.func, ast.Call) else None
        return inner is None or constant(argument(inner, 0, "n_jobs")) not in (None, 1)
    if context.dotted(call.func) in _DELAYED:
        return not _in_turn(context)
    if name in _STARTS - {"delayed"}:
        return name != "map" or isinstance(call.func, ast.Attribute)
    jobs = argument(call, -1, "n_jobs")
    return jobs is not None and constant(jobs) not in (None, 1)


def _in_turn(context: SourceContext) -> bool:
    """Whether a graph of tasks is asked to run in one thread, one task after the other."""
    schedulers = {
        constant(item.value) for item in context.module.each(ast.keyword) if item.arg == "scheduler"
    }
    return bool(schedulers) and schedulers <= {"synchronous", "single-threaded", "sync"}


def _drawn(context: SourceContext, call: ast.Call) -> Iterator[RuleHit]:
    """Where the workers draw from a generator that was given to them."""
    for module, function in _functions(context, call):
        for node in ast.walk(function):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name() as base)) if module is context.module:
                    drawn = "rng" in base.id or "random" in base.id
                    if drawn and _parameter(module, base, function):
                        yield RuleHit(
                            node=node, says="draws from a generator that it shares with other workers"
                        )


def _parameter(module: SourceModule, node: ast.Name, function: Defined) -> bool:
    """Whether a name is a parameter of the function."""
    return any(binding.parameter >= 0 for binding in module.bound(node)) and module.home(node) is function


def _within(call: ast.Call) -> Iterator[ast.Name]:
    given = [*call.args, *(item.value for item in call.keywords)]
    for item in given:
        yield from (
            node for node in ast.walk(item) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        )


def _generator(context: SourceContext, node: ast.Name, module: SourceModule | None = None) -> bool:
    """Whether a name is bound to one generator object, or to an estimator that was given one."""
    for binding in (module or context.module).bound(node):
        value = binding.value
        if binding.each or not isinstance(value, ast.Call):
            continue
        if last_name(value.func) in _GENERATORS:
            return True
        state = argument(value, -1, "random_state", "rng")
        if isinstance(state, ast.Call) and last_name(state.func) in _GENERATORS:
            return True
    return False


def _draws_globally(context: SourceContext, call: ast.Call) -> bool:
    """Whether the function that workers run draws from a generator that all of them see."""
    for module, function in _functions(context, call):
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and module.home(node) not in (None, function):
                if _generator(context, node, module):
                    return True
            elif isinstance(node, ast.Call):
                dotted = module.dotted(node.func)
                drawn = dotted.startswith(("numpy.random.", "random.")) and "()" not in dotted
                if drawn and last_part(dotted) not in _GENERATORS:
                    return True
    return False


def _functions(context: SourceContext, call: ast.Call) -> list[tuple[SourceModule, Defined]]:
    """Return the project's functions that are handed to workers."""
    names = {node.id for node in _within(call)} | {
        item.value.attr
        for item in call.keywords
        if item.arg == "target" and isinstance(item.value, ast.Attribute)
    }
    found = [context.program.functions.get(name, []) for name in sorted(names)]
    return [(one[0].module, one[0].node) for one in found if len(one) == 1]


def _appended(context: SourceContext) -> Iterator[RuleHit]:
    """Workers that add to what they share: `results.append(…)`, `total += …`."""
    for call in context.module.each(ast.Call):
        name = last_name(call.func)
        if name not in _STARTS or (name == "map" and isinstance(call.func, ast.Name)):
            continue
        given = [function for module, function in _functions(context, call) if module is context.module]
        for function in (*given, *_lambdas(call)):
            shared = [node for node in ast.walk(function) if _grows(context.module, function, node)]
            for node in shared:
                yield RuleHit(node=node, likelihood=LIKELY if _seen_in_order(context, node) else HARMLESS)
            if shared:
                yield RuleHit(node=call, likelihood=POSSIBLE, says="starts workers that add to shared values")


def _lambdas(call: ast.Call) -> Iterator[ast.Lambda]:
    for item in (*call.args, *(keyword.value for keyword in call.keywords)):
        if isinstance(item, ast.Lambda):
            yield item


def _grows(module: SourceModule, function: Defined | ast.Lambda, node: ast.AST) -> bool:
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name() as base, attr="append" | "extend" | "put" | "update")
        ):
            return module.home(base) not in (None, function)
        case ast.AugAssign(value=value) if is_whole(value):
            return False
        case ast.AugAssign(target=ast.Name(id=name)):
            return (function, name) not in module.bindings
        case ast.AugAssign(target=ast.Subscript(value=ast.Name() as base)):
            return module.home(base) not in (None, function)
        case ast.Call(func=ast.Attribute(value=ast.Attribute(value=ast.Name(id="self")), attr="append")):
            return True
    return False


def _locked(context: SourceContext) -> Iterator[RuleHit]:
    """Sums and lists under a lock: it keeps them whole, not in order."""
    for block in context.module.each(ast.With):
        if not any("lock" in last_name(_called(item.context_expr)).lower() for item in block.items):
            continue
        for node in block.body:
            match node:
                case ast.AugAssign(value=value) if not is_whole(value):
                    yield RuleHit(node=node)
                case ast.Expr(value=ast.Call(func=ast.Attribute(attr="append" | "extend")) as call):
                    yield RuleHit(
                        node=call,
                        likelihood=LIKELY if _seen_in_order(context, call) else HARMLESS,
                    )


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _queued(context: SourceContext) -> Iterator[RuleHit]:
    """Workers that take whatever task comes next."""
    calls = context.module.each(ast.Call)
    if not any(last_name(call.func) in _QUEUES for call in calls):
        return
    for call in calls:
        is_get = isinstance(call.func, ast.Attribute) and last_name(call.func) in {"get", "get_nowait"}
        if is_get and not call.args and {item.arg for item in call.keywords} <= {"timeout", "block"}:
            yield RuleHit(node=call, likelihood=POSSIBLE)


def _seen_in_order(context: SourceContext, node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name() as base)):
            home = context.module.home(base)
            loads = context.module.loads.get((home, base.id), []) if home is not None else []
            first = next((load for load in loads if load is not base), None)
            return first is None or any(context.order.matters(context.module, load) for load in loads)
    return True


_raced = partial(SourceRule, main=("again", "threads"), also=("affinity", "aslr", "gc"), race=True)

RULES = (
    _raced(says="shares one generator between workers", remedy=SourceRemedy.GENERATOR_PER_TASK, find=_shared),
    _raced(
        says="is filled in the order in which workers finish",
        remedy=SourceRemedy.RESULTS_IN_ORDER,
        find=_appended,
    ),
    _raced(
        says="adds up in the order in which workers arrive", remedy=SourceRemedy.SUMS_IN_ORDER, find=_locked
    ),
    _raced(says="takes whatever comes next from a queue", remedy=SourceRemedy.FIXED_TASKS, find=_queued),
)
