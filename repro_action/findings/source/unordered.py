# SPDX-License-Identifier: Apache-2.0
"""Orders that nothing fixes: of sets, of folders, of results that arrive from workers."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from repro_action.findings.source.rule import Doubt, Hit, Rule, Scene
from repro_action.observation import ObservationKind
from repro_action.pyanalysis.program import argument, bare, constant

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
    *(
        "dask.distributed.as_completed",
        "distributed.as_completed",
        "ray.wait",
        "multiprocessing.connection.wait",
    ),
}


def _iterated(scene: Scene) -> Iterator[Hit]:
    """Sets that are turned into a sequence."""
    for node in _sequenced(scene):
        if scene.sets.holds(scene.module, node) and scene.order.matters(scene.module, node):
            yield Hit(node=node)
    for call in scene.module.each(ast.Call):
        match call.func:
            case ast.Attribute(attr="pop", value=base) if not call.args and not call.keywords:
                if scene.sets.holds(scene.module, base):
                    yield Hit(node=call, says="takes whichever element of a set comes first")


def _sequenced(scene: Scene) -> Iterator[ast.expr]:
    """Yield expressions that stand where the order of elements is read."""
    module = scene.module
    yield from (loop.iter for loop in module.each(ast.For))
    yield from (loop.iter for loop in module.each(ast.comprehension))
    for call in module.each(ast.Call):
        ties = bare(call.func) in {"max", "min"} and argument(call, -1, "key") is not None
        if ties or bare(call.func) in _SEQUENCES:
            yield from (item for item in call.args if not isinstance(item, ast.Starred))
    for star in module.each(ast.Starred):
        if isinstance(star.ctx, ast.Load):
            yield star.value
    yield from (part.value for part in module.each(ast.FormattedValue))
    for node in module.each(ast.Assign):
        if isinstance(node.targets[0], ast.Tuple | ast.List):
            yield node.value
    yield from (node.value for node in module.each(ast.YieldFrom))


def _default_list(scene: Scene) -> Iterator[Hit]:
    """`json.dumps(…, default=list)`: sets are written in their order."""
    for call in scene.module.each(ast.Call):
        if bare(call.func) in {"dump", "dumps"}:
            given = argument(call, -1, "default")
            if isinstance(given, ast.Name) and given.id in {"list", "tuple", "str", "repr"}:
                yield Hit(node=call, doubt=Doubt.SOME, says="writes sets in whatever order they have")


def _hashed(scene: Scene) -> Iterator[Hit]:
    for call in scene.module.each(ast.Call):
        if not scene.module.builtin(call, "hash") or not call.args:
            continue
        around = {getattr(node, "name", "") for node in scene.module.around(call)}
        numbers = isinstance(constant(call.args[0]), int | float)
        yield Hit(node=call, doubt=Doubt.ALL if numbers or "__hash__" in around else Doubt.NONE)
    for keyword in scene.module.each(ast.keyword):
        match keyword:
            case ast.keyword(arg="key", value=ast.Name(id="hash") as node) if node not in scene.module.homes:
                yield Hit(node=node, says="sorts by hashes, which change with the hash seed")
    for call in scene.module.each(ast.Call):
        if bare(call.func) == "map" and call.args[:1] and scene.dotted(call.args[0]) == "hash":
            yield Hit(node=call)


def _listed(scene: Scene) -> Iterator[Hit]:
    for call in scene.module.each(ast.Call):
        dotted = scene.dotted(call.func)
        method = isinstance(call.func, ast.Attribute) and call.func.attr in _LISTS_SELF
        if dotted in _LISTINGS or (method and not dotted.startswith("glob.")):
            matters = scene.order.matters(scene.module, call)
            yield Hit(node=call, doubt=Doubt.NONE if matters else Doubt.ALL)
        elif dotted in _WALKS or (bare(call.func) == "walk" and "Path" in dotted):
            yield Hit(node=call, doubt=Doubt.ALL if _walked_in_order(scene, call) else Doubt.NONE)


def _walked_in_order(scene: Scene, call: ast.Call) -> bool:
    """Whether folders and files of a walk are both sorted, or the order of everything is taken away."""
    loop = next((node for node in scene.module.around(call) if isinstance(node, ast.For)), None)
    if not scene.order.matters(scene.module, call):
        # `sorted(os.walk(…))` sorts the folders, not the files in each.
        return not (loop is not None and _inside(scene, call, loop) and not _files_sorted(scene, loop))
    if loop is None or not isinstance(loop.target, ast.Tuple) or len(loop.target.elts) < 3:
        return False
    folders = loop.target.elts[1]
    sorts = any(
        bare(node.func) in {"sort", "sorted"}
        and any(isinstance(part, ast.Name) and part.id == bare(folders) for part in _near(node))
        for node in scene.module.each(ast.Call)
    )
    return sorts and _files_sorted(scene, loop)


def _near(call: ast.Call) -> list[ast.expr]:
    return [call.func.value] if isinstance(call.func, ast.Attribute) else call.args[:1]


def _inside(scene: Scene, call: ast.Call, loop: ast.For) -> bool:
    above = scene.module.parent(call)
    return loop.iter is call or above is loop.iter


def _files_sorted(scene: Scene, loop: ast.For) -> bool:
    if not isinstance(loop.target, ast.Tuple) or len(loop.target.elts) < 3:
        return False
    module = scene.module
    files = loop.target.elts[2]
    scope = module.scopes.get(files, module.tree)
    loads = [
        node
        for node in module.loads.get((scope, bare(files)), [])
        if loop.lineno <= node.lineno <= (loop.end_lineno or loop.lineno)
    ]
    sorts = any(
        isinstance(above := module.parent(node), ast.Attribute) and above.attr == "sort" for node in loads
    )
    return sorts or not any(scene.order.matters(module, node) for node in loads)


def _arrived(scene: Scene) -> Iterator[Hit]:
    for call in scene.module.each(ast.Call):
        name = bare(call.func)
        dotted = scene.dotted(call.func)
        unordered = constant(argument(call, -1, "return_as")) == "generator_unordered"
        if dotted in _ARRIVALS or name == "imap_unordered" or unordered:
            # The call that takes the results stands outside: `Parallel(…)(…)`.
            above = scene.module.parent(call)
            taken = above if unordered and isinstance(above, ast.Call) and above.func is call else call
            matters = scene.order.matters(scene.module, taken)
            yield Hit(node=call, doubt=Doubt.NONE if matters else Doubt.ALL)
        elif name == "add_done_callback" or (
            name in {"apply_async", "map_async", "starmap_async"}
            and argument(call, -1, "callback") is not None
        ):
            yield Hit(node=call, doubt=Doubt.SOME)


def _unordered_query(scene: Scene) -> Iterator[Hit]:
    """Child processes that list folders: `ls -U`, `find`."""
    for call in scene.module.each(ast.Call):
        if bare(call.func) in {"run", "check_output", "Popen", "popen", "getoutput"}:
            given = argument(call, 0, "args")
            words = given.elts if isinstance(given, ast.List | ast.Tuple) else [given]
            first = constant(words[0]) if words else ...
            if isinstance(first, str) and first.split(" ")[0] in {"find", "ls", "du", "fd"}:
                yield Hit(node=call, doubt=Doubt.SOME)


RULES = (
    Rule(
        main=("hash-seed",),
        also=("again", "aslr"),
        says="is a set whose order is used",
        remedy="Write `sorted(…)` around the set: its order changes with the hash seed.",
        find=_iterated,
    ),
    Rule(
        main=("hash-seed",),
        says="writes sets in whatever order they have",
        remedy="Write `default=sorted`.",
        find=_default_list,
    ),
    Rule(
        main=("hash-seed",),
        also=("again", "aslr"),
        says="changes with the hash seed",
        remedy="Use a digest that is the same everywhere: `zlib.crc32(text.encode())` or `hashlib`.",
        find=_hashed,
    ),
    Rule(
        main=("file-order",),
        also=("build-path",),
        says="is used unsorted",
        remedy="Write `sorted(…)` around it: file systems list folders in any order.",
        find=_listed,
        kind=ObservationKind.LISTING,
    ),
    Rule(
        main=("file-order",),
        says="lists files in whatever order the file system has",
        remedy="Sort what it prints.",
        find=_unordered_query,
        kind=ObservationKind.PROCESS,
    ),
    Rule(
        main=("again", "threads", "affinity"),
        also=("aslr", "gc"),
        says="yields results in the order in which workers finish",
        remedy="Take results in the order of submission: `executor.map(…)`, `pool.imap(…)`, or sort them.",
        find=_arrived,
    ),
)
