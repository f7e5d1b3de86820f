# SPDX-License-Identifier: Apache-2.0
"""Addresses, memory that was never written, and the moment at which objects are collected."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from repro_action.findings.source.remedies import SourceRemedy
from repro_action.findings.source.rule import (
    HARMLESS,
    LIKELY,
    POSSIBLE,
    UNLIKELY,
    RuleHit,
    SourceContext,
    SourceRule,
    calls_of,
)
from repro_action.observation import ObservationKind
from repro_action.pyanalysis.syntax import argument, last_name, last_part

_KEYS = {"id", "repr", "str", "hash"}
_UNWRITTEN = {
    *("numpy.empty", "numpy.empty_like", "torch.empty", "torch.empty_like", "numpy.ndarray"),
    *("torch.Tensor", "torch.FloatTensor"),
}
_COLLECTED = {
    *("weakref.ref", "weakref.WeakSet", "weakref.WeakValueDictionary", "weakref.WeakKeyDictionary"),
    *("weakref.finalize", "gc.collect", "gc.get_objects", "gc.get_count", "gc.get_stats", "sys.getrefcount"),
    *("weakref.proxy", "gc.get_referrers", "gc.callbacks.append"),
}
_USAGE = {
    *("resource.getrusage", "psutil.Process().memory_info", "tracemalloc.get_traced_memory"),
    *("psutil.virtual_memory", "sys.getallocatedblocks", "gc.get_threshold"),
}
_PIDS = {
    *("os.getpid", "os.getppid", "os.getpgid", "os.getpgrp", "os.getsid", "threading.get_native_id"),
}
NUMBERING = frozenset(last_part(name) for name in _PIDS)
"""Words one of which a program has that asks for the number of a process."""
_IDS = {"threading.get_ident", "multiprocessing.current_process", "threading.current_thread"}


def _addressed(context: SourceContext) -> Iterator[RuleHit]:
    for call in context.module.each(ast.Call):
        if context.module.is_builtin(call, "id"):
            compared = isinstance(context.module.parent(call), ast.Compare)
            yield RuleHit(node=call, likelihood=HARMLESS if compared else context.unless_shown(call))
        for keyword in call.keywords:
            match keyword:
                case ast.keyword(arg="key", value=ast.Name(id=name) as key) if name in _KEYS:
                    if context.module.home(key) is None:
                        yield RuleHit(
                            node=call,
                            likelihood=LIKELY if name in {"id", "hash"} else POSSIBLE,
                            says=f"sorts by `{name}`, which contains addresses",
                        )
        if last_name(call.func) == "map" and call.args[:1] and context.dotted(call.args[0]) == "id":
            yield RuleHit(node=call)


def _pointers(context: SourceContext) -> Iterator[RuleHit]:
    for node in context.module.each(ast.Attribute):
        plain = node.attr in {"data_ptr", "__array_interface__", "addressof"}
        array = node.attr == "data" and isinstance(node.value, ast.Attribute) and node.value.attr == "ctypes"
        if plain or array or (node.attr == "__repr__" and context.dotted(node) == "object.__repr__"):
            yield RuleHit(node=node)


def _described(context: SourceContext) -> Iterator[RuleHit]:
    """`repr`, `str` and f-strings of the project's objects that say nothing else than their address."""
    plain = _plain_classes(context)
    if not plain:
        return
    for call in context.module.each(ast.Call):
        describes = last_name(call.func) in {"repr", "str", "format", "hash"} and bool(call.args)
        if describes and _instance(context, call.args[0], plain):
            yield RuleHit(node=call)
    for part in context.module.each(ast.FormattedValue):
        if _instance(context, part.value, plain) and not context.uses.only_shown(context.module, part):
            yield RuleHit(node=part.value)


def _described_by_default(context: SourceContext) -> Iterator[RuleHit]:
    """`json.dump(…, default=str)`: functions and plain objects are written with their address."""
    for call in context.module.each(ast.Call):
        given = argument(call, -1, "default")
        if last_name(call.func) in {"dump", "dumps"} and isinstance(given, ast.Name) and given.id in _KEYS:
            yield RuleHit(node=call, likelihood=POSSIBLE)


def _plain_classes(context: SourceContext) -> set[str]:
    found: set[str] = set()
    for module in context.program.modules.values():
        for node in module.each(ast.ClassDef):
            own = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
            if not node.bases and not node.decorator_list and not own & {"__repr__", "__str__", "__hash__"}:
                found.add(node.name)
    return found


def _instance(context: SourceContext, node: ast.expr, plain: set[str]) -> bool:
    dotted = context.dotted(node)
    return dotted.endswith("()") and dotted[:-2].rpartition(".")[2] in plain


def _unwritten(context: SourceContext) -> Iterator[RuleHit]:
    """`np.empty`: mostly filled afterwards, and then harmless."""
    for call in context.module.each(ast.Call):
        if context.dotted(call.func) in _UNWRITTEN and (call.args or argument(call, -1, "shape", "size")):
            yield RuleHit(node=call, likelihood=UNLIKELY if _filled(context, call) else LIKELY)


def _filled(context: SourceContext, call: ast.Call) -> bool:
    above = context.module.parent(call)
    loads = context.module.loads_of(above)
    if loads is None:
        return isinstance(above, ast.keyword) and above.arg == "out"
    for load in loads:
        match context.module.parent(load):
            case ast.Subscript(ctx=ast.Store()) | ast.keyword(arg="out"):
                return True
            case ast.Attribute(attr="fill" | "fill_" | "zero_" | "copy_" | "normal_" | "uniform_"):
                return True
    return False


def _finalized(context: SourceContext) -> Iterator[RuleHit]:
    for name in ("__del__",):
        yield from (RuleHit(node=node) for node in context.module.functions.get(name, ()))


def _process_numbers(context: SourceContext) -> Iterator[RuleHit]:
    """Process numbers, but for one that is only printed."""
    for call in context.module.each(ast.Call):
        if context.dotted(call.func) in _PIDS:
            yield RuleHit(node=call, likelihood=context.unless_shown(call))


_addresses = partial(SourceRule, main=("aslr",), also=("again", "gc"))
_collection = partial(SourceRule, main=("gc",), also=("again", "aslr"))
_numbers = partial(
    SourceRule,
    also=("user-host",),
    says="has a different number in every run",
    remedy=SourceRemedy.NO_PROCESS_IDS,
    kind=ObservationKind.HOST,
)

RULES = (
    _addresses(says="is an address", remedy=SourceRemedy.OWN_NUMBER, find=_addressed),
    _addresses(says="reads an address", remedy=SourceRemedy.OWN_NUMBER, find=_pointers),
    _addresses(says="contains the address of an object", remedy=SourceRemedy.OWN_REPR, find=_described),
    _addresses(
        says="writes what `str` returns for objects, such as their address",
        remedy=SourceRemedy.NAMED_FIELDS,
        find=_described_by_default,
    ),
    SourceRule(
        main=("aslr", "again"),
        also=("gc", "threads", "environment"),
        says="is memory that was never written",
        remedy=SourceRemedy.ZEROS,
        find=_unwritten,
    ),
    _collection(
        says="depends on when objects are collected",
        remedy=SourceRemedy.NO_COLLECTION,
        find=calls_of(_COLLECTED),
    ),
    _collection(says="runs when an object is collected", remedy=SourceRemedy.NO_COLLECTION, find=_finalized),
    SourceRule(
        main=("again",),
        also=("gc", "aslr", "environment", "threads"),
        says="reads how much memory is used",
        remedy=SourceRemedy.NO_MEMORY_FIGURES,
        find=calls_of(_USAGE, POSSIBLE),
    ),
    _numbers(main=("again", "process-ids"), find=_process_numbers),
    _numbers(main=("again",), find=calls_of(_IDS)),
)
