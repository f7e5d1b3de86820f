# SPDX-License-Identifier: Apache-2.0
"""Threads and processes: how many there are, what they share, in which order they add up."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from repro_action.findings.source.rule import Doubt, Hit, Rule, Scene, calls_of
from repro_action.observation import ObservationKind
from repro_action.pyanalysis.module import Defined, Module
from repro_action.pyanalysis.order import whole
from repro_action.pyanalysis.program import argument, bare, bare_text, constant

_COUNTS = {
    *("os.cpu_count", "os.process_cpu_count", "multiprocessing.cpu_count", "joblib.cpu_count"),
    *("os.sched_getaffinity", "psutil.cpu_count", "torch.get_num_threads", "numba.get_num_threads"),
    *("joblib.effective_n_jobs", "loky.cpu_count", "os.getloadavg", "psutil.Process().cpu_affinity"),
    *("threadpoolctl.threadpool_info", "torch.get_num_interop_threads", "multiprocessing.pool.cpu_count"),
}
_SETS = {
    *("torch.set_num_threads", "torch.set_num_interop_threads", "numba.set_num_threads"),
    *("threadpoolctl.threadpool_limits", "mkl.set_num_threads", "numexpr.set_num_threads"),
    *("tensorflow.config.threading.set_intra_op_parallelism_threads", "cv2.setNumThreads"),
}
_OPTIONS = {
    *("n_jobs", "nthread", "n_threads", "num_threads", "thread_count", "num_workers", "workers", "nthreads"),
    *("max_workers", "processes"),
}
_POOLS = {"ThreadPoolExecutor", "ProcessPoolExecutor", "Pool", "ThreadPool", "Parallel"}
_SUMS = {
    *("ExtraTreesRegressor", "ExtraTreesClassifier", "RandomForestRegressor", "RandomForestClassifier"),
    *("KMeans", "MiniBatchKMeans", "BisectingKMeans"),
}
_GENERATORS = {"default_rng", "RandomState", "Random", "Generator", "SeedSequence", "PRNGKey"}
_QUEUES = {"Queue", "SimpleQueue", "LifoQueue", "PriorityQueue", "JoinableQueue"}
_STARTS = {
    "Thread",
    "submit",
    "map",
    "apply_async",
    "start_new_thread",
    "Timer",
    "delayed",
    "imap",
    "run_in_executor",
}


def _asked(scene: Scene) -> Iterator[Hit]:
    """The number of CPUs: likely where data is cut by it, less where it is only the size of a pool."""
    for call in scene.module.each(ast.Call):
        if scene.dotted(call.func) not in _COUNTS:
            continue
        pooled = any(
            (isinstance(node, ast.keyword) and node.arg in _OPTIONS)
            or (isinstance(node, ast.Call) and node is not call and bare(node.func) in _POOLS)
            for node in scene.module.around(call)
        )
        told = scene.uses.told(scene.module, call)
        yield Hit(node=call, doubt=Doubt.MUCH if told else Doubt.SOME if pooled else Doubt.NONE)


def _options(scene: Scene) -> Iterator[Hit]:
    """`n_jobs=2` and its kin; 1 and None are the calm ones."""
    for call in scene.module.each(ast.Call):
        for keyword in call.keywords:
            value = constant(keyword.value)
            if keyword.arg not in _OPTIONS or value in (None, 1, 0):
                continue
            name = bare(call.func)
            sums = bare_text(scene.dotted(call.func)) in _SUMS
            pool = name in _POOLS
            yield Hit(
                node=call,
                doubt=Doubt.NONE if sums else Doubt.MUCH if pool and value != -1 else Doubt.SOME,
                says=f"runs with `{keyword.arg}` other than 1",
            )
        if bare(call.func) in _POOLS and not call.args and not call.keywords:
            yield Hit(node=call, doubt=Doubt.SOME, says="starts as many workers as there are CPUs")


def _compiled(scene: Scene) -> Iterator[Hit]:
    for call in scene.module.each(ast.Call):
        name = bare(call.func)
        compiled = name in {"njit", "jit", "vectorize"}
        if name == "prange" or (compiled and constant(argument(call, -1, "parallel")) is True):
            yield Hit(node=call)


def _summed(scene: Scene) -> Iterator[Hit]:
    """Forests that predict with several threads add up in the order in which these finish."""
    for call in scene.module.each(ast.Call):
        name = bare_text(scene.dotted(call.func))
        jobs = argument(call, -1, "n_jobs")
        if name in _SUMS and jobs is not None and constant(jobs) not in (None, 1):
            yield Hit(node=call, doubt=Doubt.NONE if "Trees" in name or "Forest" in name else Doubt.SOME)


def _shared(scene: Scene) -> Iterator[Hit]:
    """Workers that draw from one generator: who draws first is left to chance."""
    module = scene.module
    for call in module.each(ast.Call):
        if not _parallel(scene, call):
            continue
        if any(_generator(scene, node) for node in _within(call)) or _draws_globally(scene, call):
            yield Hit(node=call)
            yield from _drawn(scene, call)


def _parallel(scene: Scene, call: ast.Call) -> bool:
    """Whether a call hands work to several workers."""
    name = bare(call.func)
    if scene.dotted(call.func).endswith("Parallel()"):
        inner = call.func if isinstance(call.func, ast.Call) else None
        return inner is None or constant(argument(inner, 0, "n_jobs")) not in (None, 1)
    if name in _STARTS - {"delayed"}:
        return name != "map" or isinstance(call.func, ast.Attribute)
    jobs = argument(call, -1, "n_jobs")
    return jobs is not None and constant(jobs) not in (None, 1)


def _drawn(scene: Scene, call: ast.Call) -> Iterator[Hit]:
    """Where the workers draw from a generator that was given to them."""
    for module, function in _functions(scene, call):
        for node in ast.walk(function):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name() as base)) if module is scene.module:
                    drawn = "rng" in base.id or "random" in base.id
                    if drawn and _parameter(module, base, function):
                        yield Hit(node=node, says="draws from a generator that other workers draw from")


def _parameter(module: Module, node: ast.Name, function: Defined) -> bool:
    """Whether a name is a parameter of the function."""
    return any(held.parameter >= 0 for held in module.bound(node)) and module.homes.get(node) is function


def _within(call: ast.Call) -> Iterator[ast.Name]:
    given = [*call.args, *(item.value for item in call.keywords)]
    for item in given:
        yield from (
            node for node in ast.walk(item) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        )


def _generator(scene: Scene, node: ast.Name, module: Module | None = None) -> bool:
    """Whether a name is bound to one generator object, or to an estimator that was given one."""
    for held in (module or scene.module).bound(node):
        value = held.value
        if held.each or not isinstance(value, ast.Call):
            continue
        if bare(value.func) in _GENERATORS:
            return True
        state = argument(value, -1, "random_state", "rng")
        if isinstance(state, ast.Call) and bare(state.func) in _GENERATORS:
            return True
    return False


def _draws_globally(scene: Scene, call: ast.Call) -> bool:
    """Whether the function that workers run draws from a generator that all of them see."""
    for module, function in _functions(scene, call):
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and module.homes.get(node) not in (None, function):
                if _generator(scene, node, module):
                    return True
            elif isinstance(node, ast.Call):
                dotted = module.dotted(node.func)
                drawn = dotted.startswith(("numpy.random.", "random.")) and "()" not in dotted
                if drawn and bare_text(dotted) not in _GENERATORS:
                    return True
    return False


def _functions(scene: Scene, call: ast.Call) -> list[tuple[Module, Defined]]:
    """Return the project's functions that are handed to workers."""
    names = {node.id for node in _within(call)} | {
        item.value.attr
        for item in call.keywords
        if item.arg == "target" and isinstance(item.value, ast.Attribute)
    }
    return [found[0] for name in sorted(names) if len(found := scene.project.functions.get(name, [])) == 1]


def _appended(scene: Scene) -> Iterator[Hit]:
    """Workers that add to what they share: `results.append(…)`, `total += …`."""
    for call in scene.module.each(ast.Call):
        name = bare(call.func)
        if name not in _STARTS or (name == "map" and isinstance(call.func, ast.Name)):
            continue
        for module, function in _functions(scene, call):
            if module is not scene.module:
                continue
            shared = [node for node in ast.walk(function) if _grows(module, function, node)]
            for node in shared:
                yield Hit(node=node, doubt=Doubt.NONE if _seen_in_order(scene, node) else Doubt.ALL)
            if shared:
                yield Hit(node=call, doubt=Doubt.SOME, says="starts workers that add to what they share")


def _grows(module: Module, function: Defined, node: ast.AST) -> bool:
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name() as base, attr="append" | "extend" | "put" | "update")
        ):
            return module.homes.get(base) not in (None, function)
        case ast.AugAssign(value=value) if whole(value):
            return False
        case ast.AugAssign(target=ast.Name(id=name)):
            return (function, name) not in module.bindings
        case ast.AugAssign(target=ast.Subscript(value=ast.Name() as base)):
            return module.homes.get(base) not in (None, function)
        case ast.Call(func=ast.Attribute(value=ast.Attribute(value=ast.Name(id="self")), attr="append")):
            return True
    return False


def _locked(scene: Scene) -> Iterator[Hit]:
    """Sums and lists under a lock: it keeps them whole, not in order."""
    for block in scene.module.each(ast.With):
        if not any("lock" in bare(_called(item.context_expr)).lower() for item in block.items):
            continue
        for node in block.body:
            match node:
                case ast.AugAssign(value=value) if not whole(value):
                    yield Hit(node=node)
                case ast.Expr(value=ast.Call(func=ast.Attribute(attr="append" | "extend")) as call):
                    yield Hit(node=call, doubt=Doubt.NONE if _seen_in_order(scene, call) else Doubt.ALL)


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _queued(scene: Scene) -> Iterator[Hit]:
    """Workers that take whatever task comes next."""
    calls = scene.module.each(ast.Call)
    if not any(bare(call.func) in _QUEUES for call in calls):
        return
    for call in calls:
        take = isinstance(call.func, ast.Attribute) and bare(call.func) in {"get", "get_nowait"}
        if take and not call.args and {item.arg for item in call.keywords} <= {"timeout", "block"}:
            yield Hit(node=call, doubt=Doubt.SOME)


def _seen_in_order(scene: Scene, node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name() as base)):
            home = scene.module.homes.get(base)
            loads = scene.module.loads.get((home, base.id), []) if home is not None else []
            first = next((load for load in loads if load is not base), None)
            return first is None or any(scene.order.matters(scene.module, load) for load in loads)
    return True


_PROFILE = 'Keep `profile = "portable"` (one thread), or write `n_jobs=1`.'

RULES = (
    Rule(
        main=("threads", "affinity"),
        says="asks for the number of CPUs",
        find=_asked,
        kind=ObservationKind.HOST,
        remedy="Write the number of workers and chunks down instead of asking the machine.",
    ),
    Rule(
        main=("threads", "affinity"), says="sets the number of threads", remedy=_PROFILE, find=calls_of(_SETS)
    ),
    Rule(main=("threads", "affinity"), says="runs in parallel", remedy=_PROFILE, find=_options),
    Rule(
        main=("threads", "affinity"),
        also=("again",),
        says="adds up in parallel",
        remedy=_PROFILE,
        find=_compiled,
    ),
    Rule(
        main=("again",),
        also=("aslr", "gc"),
        says="adds up in the order in which threads finish",
        remedy="Write `n_jobs=1` where it predicts: `model.set_params(n_jobs=1)`.",
        find=_summed,
    ),
    Rule(
        main=("again", "threads"),
        also=("affinity", "aslr", "gc"),
        says="shares one generator between workers",
        remedy="Give each task a generator of its own: `SeedSequence(seed).spawn(n)`.",
        find=_shared,
    ),
    Rule(
        main=("again", "threads"),
        also=("affinity", "aslr", "gc"),
        says="is filled in the order in which workers finish",
        remedy="Let each task return its result, and take results in the order of submission.",
        find=_appended,
    ),
    Rule(
        main=("again", "threads"),
        also=("affinity", "aslr", "gc"),
        says="adds up in the order in which workers come",
        remedy="Let each task return its part, and add up in the order of submission.",
        find=_locked,
    ),
    Rule(
        main=("again", "threads"),
        also=("affinity", "aslr", "gc"),
        says="takes whatever comes next from a queue",
        remedy="Fix which worker does what, and let nothing depend on who takes a task.",
        find=_queued,
    ),
)
