# SPDX-License-Identifier: Apache-2.0
"""Addresses, memory that was never written, and the moment at which objects are collected."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from repro_action.findings.source.rule import Doubt, Hit, Rule, Scene, calls_of
from repro_action.observation import ObservationKind
from repro_action.pyanalysis.program import argument, bare

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
    *(
        "os.getpid",
        "os.getppid",
        "threading.get_ident",
        "threading.get_native_id",
        "multiprocessing.current_process",
    ),
    *("os.getpgid", "threading.current_thread", "os.getsid"),
}


def _addressed(scene: Scene) -> Iterator[Hit]:
    for call in scene.module.each(ast.Call):
        if scene.module.builtin(call, "id"):
            compared = isinstance(scene.module.parent(call), ast.Compare)
            told = compared or scene.uses.told(scene.module, call)
            yield Hit(node=call, doubt=Doubt.ALL if told else Doubt.NONE)
        for keyword in call.keywords:
            match keyword:
                case ast.keyword(arg="key", value=ast.Name(id=name) as key) if name in _KEYS:
                    if key not in scene.module.homes:
                        yield Hit(
                            node=call,
                            doubt=Doubt.NONE if name in {"id", "hash"} else Doubt.SOME,
                            says=f"sorts by `{name}`, which holds addresses",
                        )
        if bare(call.func) == "map" and call.args[:1] and scene.dotted(call.args[0]) == "id":
            yield Hit(node=call)


def _pointers(scene: Scene) -> Iterator[Hit]:
    for node in scene.module.each(ast.Attribute):
        plain = node.attr in {"data_ptr", "__array_interface__", "addressof"}
        array = node.attr == "data" and isinstance(node.value, ast.Attribute) and node.value.attr == "ctypes"
        if plain or array or (node.attr == "__repr__" and scene.dotted(node) == "object.__repr__"):
            yield Hit(node=node)


def _described(scene: Scene) -> Iterator[Hit]:
    """`repr`, `str` and f-strings of the project's objects that say nothing else than their address."""
    plain = _plain_classes(scene)
    if not plain:
        return
    for call in scene.module.each(ast.Call):
        describes = bare(call.func) in {"repr", "str", "format", "hash"} and bool(call.args)
        if describes and _instance(scene, call.args[0], plain):
            yield Hit(node=call)
    for part in scene.module.each(ast.FormattedValue):
        if _instance(scene, part.value, plain) and not scene.uses.told(scene.module, part):
            yield Hit(node=part.value)


def _described_by_default(scene: Scene) -> Iterator[Hit]:
    """`json.dump(…, default=str)`: functions and plain objects are written with their address."""
    for call in scene.module.each(ast.Call):
        given = argument(call, -1, "default")
        if bare(call.func) in {"dump", "dumps"} and isinstance(given, ast.Name) and given.id in _KEYS:
            yield Hit(node=call, doubt=Doubt.SOME)


def _plain_classes(scene: Scene) -> set[str]:
    held: set[str] = set()
    for module in scene.project.modules.values():
        for node in module.each(ast.ClassDef):
            own = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
            if not node.bases and not node.decorator_list and not own & {"__repr__", "__str__", "__hash__"}:
                held.add(node.name)
    return held


def _instance(scene: Scene, node: ast.expr, plain: set[str]) -> bool:
    dotted = scene.dotted(node)
    return dotted.endswith("()") and dotted[:-2].rpartition(".")[2] in plain


def _unwritten(scene: Scene) -> Iterator[Hit]:
    """`np.empty`: mostly filled afterwards, and then harmless."""
    for call in scene.module.each(ast.Call):
        if scene.dotted(call.func) in _UNWRITTEN and (call.args or argument(call, -1, "shape", "size")):
            yield Hit(node=call, doubt=Doubt.MUCH if _filled(scene, call) else Doubt.NONE)


def _filled(scene: Scene, call: ast.Call) -> bool:
    above = scene.module.parent(call)
    if not isinstance(above, ast.Assign) or not isinstance(above.targets[0], ast.Name):
        return isinstance(above, ast.keyword) and above.arg == "out"
    scope = scene.module.scopes.get(above, scene.module.tree)
    for load in scene.module.loads.get((scope, above.targets[0].id), []):
        match scene.module.parent(load):
            case ast.Subscript(ctx=ast.Store()) | ast.keyword(arg="out"):
                return True
            case ast.Attribute(attr="fill" | "fill_" | "zero_" | "copy_" | "normal_" | "uniform_"):
                return True
    return False


def _finalized(scene: Scene) -> Iterator[Hit]:
    for name in ("__del__",):
        yield from (Hit(node=node) for node in scene.module.functions.get(name, ()))


_REMEDY = "Use a number of your own (a counter, a name) instead of an address."
_GC = "Let nothing in a result depend on when objects are collected."

RULES = (
    Rule(main=("aslr",), also=("again", "gc"), says="is an address", remedy=_REMEDY, find=_addressed),
    Rule(main=("aslr",), also=("again", "gc"), says="reads an address", remedy=_REMEDY, find=_pointers),
    Rule(
        main=("aslr",),
        also=("again", "gc"),
        says="holds the address of an object",
        find=_described,
        remedy="Give the class a `__repr__` of its own, or write the attribute that matters.",
    ),
    Rule(
        main=("aslr",),
        also=("again", "gc"),
        says="writes whatever `str` says of objects, such as their address",
        remedy="Name what is to be written of each object, or raise on what is no JSON.",
        find=_described_by_default,
    ),
    Rule(
        main=("aslr", "again"),
        also=("gc", "threads", "environment"),
        says="is memory that holds leftovers",
        remedy="Use `zeros`, or fill every element.",
        find=_unwritten,
    ),
    Rule(
        main=("gc",),
        also=("again", "aslr"),
        says="depends on when objects are collected",
        remedy=_GC,
        find=calls_of(_COLLECTED),
    ),
    Rule(
        main=("gc",),
        also=("again", "aslr"),
        says="runs when an object is collected",
        remedy=_GC,
        find=_finalized,
    ),
    Rule(
        main=("again",),
        also=("gc", "aslr", "environment", "threads"),
        says="reads how much memory is used",
        remedy="Keep memory figures out of outputs.",
        find=calls_of(_USAGE, Doubt.SOME),
    ),
    Rule(
        main=("again",),
        also=("user-host",),
        says="has another number in every run",
        remedy="Keep the numbers of processes and threads out of outputs and seeds.",
        find=calls_of(_PIDS),
        kind=ObservationKind.HOST,
    ),
)
