# SPDX-License-Identifier: Apache-2.0
"""Threads and processes: how many there are, and in which order they add up."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from repro_action.findings.source.remedies import SourceRemedy
from repro_action.findings.source.rule import (
    LIKELY,
    POSSIBLE,
    UNLIKELY,
    RuleHit,
    SourceContext,
    SourceRule,
    calls_of,
)
from repro_action.observation import ObservationKind
from repro_action.pyanalysis.syntax import argument, constant, last_name, last_part

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
_PREDICTS = {
    *("predict", "predict_proba", "predict_log_proba", "score", "cross_val_score", "cross_val_predict"),
    *("cross_validate", "fit_predict"),
}
_SUMS = {
    *("ExtraTreesRegressor", "ExtraTreesClassifier", "RandomForestRegressor", "RandomForestClassifier"),
    *("KMeans", "MiniBatchKMeans", "BisectingKMeans"),
}


def _cpu_counts(context: SourceContext) -> Iterator[RuleHit]:
    """The number of CPUs: likely where data is cut by it, less where it is only the size of a pool."""
    for call in context.module.each(ast.Call):
        if context.dotted(call.func) not in _COUNTS:
            continue
        pooled = any(
            (isinstance(node, ast.keyword) and node.arg in _OPTIONS)
            or (isinstance(node, ast.Call) and node is not call and last_name(node.func) in _POOLS)
            for node in context.module.around(call)
        )
        shown = context.uses.only_shown(context.module, call)
        yield RuleHit(node=call, likelihood=UNLIKELY if shown else POSSIBLE if pooled else LIKELY)


def _options(context: SourceContext) -> Iterator[RuleHit]:
    """`n_jobs=2` and its kin; 1 and None are the calm ones."""
    for call in context.module.each(ast.Call):
        for keyword in call.keywords:
            value = constant(keyword.value)
            if keyword.arg not in _OPTIONS or value in (None, 1, 0):
                continue
            name = last_name(call.func)
            sums = last_part(context.dotted(call.func)) in _SUMS
            pool = name in _POOLS
            yield RuleHit(
                node=call,
                likelihood=LIKELY if sums else UNLIKELY if pool and value != -1 else POSSIBLE,
                says=f"runs with `{keyword.arg}` other than 1",
            )
        if last_name(call.func) in _POOLS and not call.args and not call.keywords:
            yield RuleHit(node=call, likelihood=POSSIBLE, says="starts as many workers as there are CPUs")


def _compiled(context: SourceContext) -> Iterator[RuleHit]:
    for call in context.module.each(ast.Call):
        name = last_name(call.func)
        compiled = name in {"njit", "jit", "vectorize"}
        if name == "prange" or (compiled and constant(argument(call, -1, "parallel")) is True):
            yield RuleHit(node=call)


def _summed(context: SourceContext) -> Iterator[RuleHit]:
    """Forests that predict with several threads add up in the order in which these finish."""
    predicts = any(last_name(call.func) in _PREDICTS for call in context.module.each(ast.Call))
    for call in context.module.each(ast.Call):
        name = last_part(context.dotted(call.func))
        jobs = argument(call, -1, "n_jobs")
        if name in _SUMS and jobs is not None and constant(jobs) not in (None, 1):
            forest = "Trees" in name or "Forest" in name
            yield RuleHit(node=call, likelihood=LIKELY if forest and predicts else POSSIBLE)


_threads = partial(SourceRule, main=("threads", "affinity"))

RULES = (
    SourceRule(
        main=("threads", "affinity"),
        says="asks for the number of CPUs",
        remedy=SourceRemedy.FIXED_WORKERS,
        find=_cpu_counts,
        kind=ObservationKind.HOST,
    ),
    _threads(says="sets the number of threads", remedy=SourceRemedy.ONE_THREAD, find=calls_of(_SETS)),
    _threads(says="runs in parallel", remedy=SourceRemedy.ONE_THREAD, find=_options),
    SourceRule(
        main=("threads", "affinity"),
        also=("again",),
        says="adds up in parallel",
        remedy=SourceRemedy.ONE_THREAD,
        find=_compiled,
        race=True,
    ),
    SourceRule(
        main=("again",),
        also=("aslr", "gc"),
        says="adds up in the order in which threads finish",
        remedy=SourceRemedy.ONE_JOB_TO_PREDICT,
        find=_summed,
        race=True,
    ),
)
