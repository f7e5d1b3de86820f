# SPDX-License-Identifier: Apache-2.0
"""Orders that nothing fixes: of sets, of folders, of results that arrive from workers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from repro_action.findings.source.remedies import SourceRemedy
from repro_action.findings.source.rule import HARMLESS, LIKELY, POSSIBLE, RuleHit, SourceContext, SourceRule
from repro_action.observation import ObservationKind
from repro_action.pyanalysis.syntax import argument, constant, last_name

_SEQUENCES = {
    *("list", "tuple", "enumerate", "zip", "iter", "map", "filter", "join", "fromkeys", "deque", "reversed"),
    *("array", "asarray", "fromiter", "Series", "Index", "DataFrame", "chain", "from_iterable", "islice"),
    *("str", "repr", "extend", "writelines", "product", "combinations", "permutations", "tqdm", "accumulate"),
    *("reduce", "concat", "Categorical"),
}
_LISTINGS = {
    *("os.listdir", "os.scandir", "glob.glob", "glob.iglob", "tensorflow.io.gfile.glob"),
    *("tensorflow.io.gfile.listdir", "tensorflow.gfile.ListDirectory"),
}
_WALKS = {"os.walk", "os.fwalk"}
_LISTS_SELF = {"iterdir", "glob", "rglob"}
_ARRIVALS = {
    *("concurrent.futures.as_completed", "asyncio.as_completed", "asyncio.wait", "concurrent.futures.wait"),
    *("dask.distributed.as_completed", "distributed.as_completed", "ray.wait"),
    "multiprocessing.connection.wait",
}


def _iterated(context: SourceContext) -> Iterator[RuleHit]:
    """Sets that are turned into a sequence."""
    for node in _sequenced(context):
        if context.sets.is_set(context.module, node) and context.order.matters(context.module, node):
            yield RuleHit(node=node)
    for call in context.module.each(ast.Call):
        match call.func:
            case ast.Attribute(attr="pop", value=base) if not call.args and not call.keywords:
                if context.sets.is_set(context.module, base):
                    yield RuleHit(node=call, says="takes whichever element of a set comes first")


def _sequenced(context: SourceContext) -> Iterator[ast.expr]:
    """Yield expressions that stand where the order of elements is read."""
    module = context.module
    yield from (loop.iter for loop in module.each(ast.For))
    yield from (loop.iter for loop in module.each(ast.comprehension))
    for call in module.each(ast.Call):
        ties = last_name(call.func) in {"max", "min"} and argument(call, -1, "key") is not None
        if ties or last_name(call.func) in _SEQUENCES or _counts(context, call):
            yield from (item for item in call.args if not isinstance(item, ast.Starred))
    for star in module.each(ast.Starred):
        if isinstance(star.ctx, ast.Load):
            yield star.value
    yield from (part.value for part in module.each(ast.FormattedValue))
    for node in module.each(ast.Assign):
        if isinstance(node.targets[0], ast.Tuple | ast.List):
            yield node.value
    yield from (node.value for node in module.each(ast.YieldFrom))


def _counts(context: SourceContext, call: ast.Call) -> bool:
    """Whether a call adds to a table of counts, of which the first of equal ones stands first."""
    if context.dotted(call.func) in {"collections.Counter", "collections.OrderedDict"}:
        return True
    return context.dotted(call.func).endswith(("Counter().update", "OrderedDict().update"))


def _default_list(context: SourceContext) -> Iterator[RuleHit]:
    """`json.dumps(…, default=list)`: sets are written in their order."""
    for call in context.module.each(ast.Call):
        if last_name(call.func) in {"dump", "dumps"}:
            given = argument(call, -1, "default")
            if isinstance(given, ast.Name) and given.id in {"list", "tuple", "str", "repr"}:
                yield RuleHit(node=call, likelihood=POSSIBLE, says="writes sets in whatever order they have")


def _hashed(context: SourceContext) -> Iterator[RuleHit]:
    for call in context.module.each(ast.Call):
        if not context.module.is_builtin(call, "hash") or not call.args:
            continue
        around = {getattr(node, "name", "") for node in context.module.around(call)}
        numbers = isinstance(constant(call.args[0]), int | float)
        yield RuleHit(node=call, likelihood=HARMLESS if numbers or "__hash__" in around else LIKELY)
    for keyword in context.module.each(ast.keyword):
        match keyword:
            case ast.keyword(arg="key", value=ast.Name(id="hash") as node) if (
                context.module.home(node) is None
            ):
                yield RuleHit(node=node, says="sorts by hashes, which change with the hash seed")
    for call in context.module.each(ast.Call):
        if last_name(call.func) == "map" and call.args[:1] and context.dotted(call.args[0]) == "hash":
            yield RuleHit(node=call)


def _listed(context: SourceContext) -> Iterator[RuleHit]:
    for call in context.module.each(ast.Call):
        dotted = context.dotted(call.func)
        method = isinstance(call.func, ast.Attribute) and call.func.attr in _LISTS_SELF
        if dotted in _LISTINGS or (method and not dotted.startswith("glob.")):
            yield RuleHit(node=call, likelihood=context.if_ordered(call))
        elif dotted in _WALKS or (last_name(call.func) == "walk" and "Path" in dotted):
            yield RuleHit(node=call, likelihood=HARMLESS if _walked_in_order(context, call) else LIKELY)


def _walked_in_order(context: SourceContext, call: ast.Call) -> bool:
    """Whether folders and files of a walk are both sorted, or the order of everything is taken away."""
    loop = next((node for node in context.module.around(call) if isinstance(node, ast.For)), None)
    if not context.order.matters(context.module, call):
        # `sorted(os.walk(…))` sorts the folders, not the files in each.
        return not (loop is not None and _inside(context, call, loop) and not _files_sorted(context, loop))
    if loop is None or not isinstance(loop.target, ast.Tuple) or len(loop.target.elts) < 3:
        return False
    folders = loop.target.elts[1]
    sorts = any(
        last_name(node.func) in {"sort", "sorted"}
        and any(isinstance(part, ast.Name) and part.id == last_name(folders) for part in _near(node))
        for node in context.module.each(ast.Call)
    )
    return sorts and _files_sorted(context, loop)


def _near(call: ast.Call) -> list[ast.expr]:
    return [call.func.value] if isinstance(call.func, ast.Attribute) else call.args[:1]


def _inside(context: SourceContext, call: ast.Call, loop: ast.For) -> bool:
    above = context.module.parent(call)
    return loop.iter is call or above is loop.iter


def _files_sorted(context: SourceContext, loop: ast.For) -> bool:
    if not isinstance(loop.target, ast.Tuple) or len(loop.target.elts) < 3:
        return False
    module = context.module
    files = loop.target.elts[2]
    scope = module.scopes.get(files, module.tree)
    loads = [
        node
        for node in module.loads.get((scope, last_name(files)), [])
        if loop.lineno <= node.lineno <= (loop.end_lineno or loop.lineno)
    ]
    sorts = any(
        isinstance(above := module.parent(node), ast.Attribute) and above.attr == "sort" for node in loads
    )
    return sorts or not any(context.order.matters(module, node) for node in loads)


def _arrived(context: SourceContext) -> Iterator[RuleHit]:
    for call in context.module.each(ast.Call):
        name = last_name(call.func)
        dotted = context.dotted(call.func)
        unordered = constant(argument(call, -1, "return_as")) == "generator_unordered"
        if dotted in _ARRIVALS or name == "imap_unordered" or unordered:
            # The call that takes the results stands outside: `Parallel(…)(…)`.
            above = context.module.parent(call)
            taken = above if unordered and isinstance(above, ast.Call) and above.func is call else call
            yield RuleHit(node=call, likelihood=context.if_ordered(taken))
        elif name == "add_done_callback" or (
            name in {"apply_async", "map_async", "starmap_async"}
            and argument(call, -1, "callback") is not None
        ):
            yield RuleHit(node=call, likelihood=POSSIBLE)


def _unordered_query(context: SourceContext) -> Iterator[RuleHit]:
    """Child processes that list folders: `ls -U`, `find`."""
    for call in context.module.each(ast.Call):
        if last_name(call.func) in {"run", "check_output", "Popen", "popen", "getoutput"}:
            given = argument(call, 0, "args")
            words = given.elts if isinstance(given, ast.List | ast.Tuple) else [given]
            first = constant(words[0]) if words else ...
            if isinstance(first, str) and first.split(" ")[0] in {"find", "ls", "du", "fd"}:
                yield RuleHit(node=call, likelihood=POSSIBLE)


_by_hash = partial(SourceRule, main=("hash-seed",), also=("again", "aslr"))

RULES = (
    _by_hash(says="is a set whose order is used", remedy=SourceRemedy.SORTED_SET, find=_iterated),
    SourceRule(
        main=("hash-seed",),
        says="writes sets in whatever order they have",
        remedy=SourceRemedy.DEFAULT_SORTED,
        find=_default_list,
    ),
    _by_hash(says="changes with the hash seed", remedy=SourceRemedy.STABLE_DIGEST, find=_hashed),
    SourceRule(
        main=("file-order",),
        also=("build-path",),
        says="is used unsorted",
        remedy=SourceRemedy.SORTED_LISTING,
        find=_listed,
        kind=ObservationKind.LISTING,
    ),
    SourceRule(
        main=("file-order",),
        says="lists files in whatever order the file system has",
        remedy=SourceRemedy.SORTED_OUTPUT,
        find=_unordered_query,
        kind=ObservationKind.PROCESS,
    ),
    SourceRule(
        main=("again", "threads", "affinity"),
        also=("aslr", "gc"),
        says="yields results in the order in which workers finish",
        remedy=SourceRemedy.SUBMISSION_ORDER,
        find=_arrived,
        race=True,
    ),
)
