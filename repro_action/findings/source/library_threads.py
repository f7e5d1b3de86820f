# SPDX-License-Identifier: Apache-2.0
"""Libraries whose threads update one model, or draw from one generator, in whatever order they come.

A seed does not fix that; one thread does. Each entry of the table names where the library says so.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from repro_action.findings.source.library_calls import LibraryCalls, calls_in, certainty
from repro_action.findings.source.remedies import SourceRemedy
from repro_action.findings.source.rule import LIKELY, POSSIBLE, RuleHit, SourceContext, SourceRule
from repro_action.pyanalysis.syntax import argument, constant, last_part

_RACING = (
    LibraryCalls(
        package="gensim",
        names=frozenset({"Word2Vec", "Doc2Vec", "FastText", "Poincare", "LdaMulticore"}),
        options=("workers",),
        source="https://radimrehurek.com/gensim/models/word2vec.html",
    ),
    LibraryCalls(
        package="implicit",
        names=frozenset({"BayesianPersonalizedRanking"}),
        options=("num_threads",),
        source="https://github.com/benfred/implicit/issues/710",
    ),
    LibraryCalls(
        package="lightfm",
        names=frozenset({"fit", "fit_partial"}),
        options=("num_threads",),
        by_default=False,
        source="https://github.com/lyst/lightfm/issues/286",
    ),
    LibraryCalls(
        package="hnswlib",
        names=frozenset({"add_items", "set_num_threads"}),
        options=("num_threads",),
        source="https://github.com/nmslib/hnswlib/issues/82",
    ),
    LibraryCalls(
        package="nmslib",
        names=frozenset({"createIndex"}),
        options=("num_threads",),
        source="https://github.com/nmslib/nmslib/issues/248",
    ),
    LibraryCalls(
        package="tomotopy",
        names=frozenset({"train"}),
        options=("workers",),
        source="https://github.com/bab2min/tomotopy/issues/60",
    ),
    LibraryCalls(
        package="fasttext",
        names=frozenset({"train_supervised", "train_unsupervised"}),
        options=("thread",),
        source="https://fasttext.cc/docs/en/faqs.html",
    ),
    LibraryCalls(
        package="optuna",
        names=frozenset({"optimize"}),
        options=("n_jobs",),
        by_default=False,
        source="https://github.com/optuna/optuna/issues/4412",
    ),
)


def _trained(context: SourceContext) -> Iterator[RuleHit]:
    """Calls of the table."""
    for call, row in calls_in(context, _RACING):
        given = row.given(call)
        if given is None and row.by_default:
            yield RuleHit(node=call, likelihood=certainty(call))
        elif given is not None and constant(given) != 1:
            yield RuleHit(node=call, likelihood=POSSIBLE if constant(given) in {..., None} else LIKELY)


def _graphs(context: SourceContext) -> Iterator[RuleHit]:
    """Faiss fills a graph in any order where it may use several threads."""
    calls = context.module.each(ast.Call)
    graph = any("HNSW" in context.dotted(call.func) for call in calls) or any(
        isinstance(node.value, str) and "HNSW" in node.value for node in context.module.each(ast.Constant)
    )
    for call in calls:
        given = argument(call, 0)
        if context.dotted(call.func) == "faiss.omp_set_num_threads" and constant(given) != 1:
            yield RuleHit(node=call, likelihood=LIKELY if graph else POSSIBLE)


def _linear(context: SourceContext) -> Iterator[RuleHit]:
    """XGBoost's `gblinear` updates weights without locks, unless it descends by coordinate."""
    nodes: list[ast.Dict | ast.Call] = [*context.module.each(ast.Dict), *context.module.each(ast.Call)]
    for node in nodes:
        given = _options(node)
        if given.get("booster") != "gblinear" or given.get("updater") == "coord_descent":
            continue
        if not {given.get(name) for name in ("nthread", "n_jobs")} & {1}:
            yield RuleHit(node=node)


def _options(node: ast.Dict | ast.Call) -> dict[object, object]:
    if isinstance(node, ast.Call):
        return {item.arg: constant(item.value) for item in node.keywords}
    return {constant(key): constant(value) for key, value in zip(node.keys, node.values, strict=True)}


def _pipelines(context: SourceContext) -> Iterator[RuleHit]:
    """TensorFlow's pipelines: parallel calls in any order, or that draw from one generator."""
    for call in context.module.each(ast.Call):
        if argument(call, -1, "num_parallel_calls") is None or last_part(context.dotted(call.func)) not in {
            *("map", "interleave", "map_with_options", "parallel_interleave"),
        }:
            continue
        if constant(argument(call, -1, "num_parallel_calls")) == 1:
            continue
        if constant(argument(call, -1, "deterministic")) is False or _draws(context, call):
            yield RuleHit(node=call)


def _draws(context: SourceContext, call: ast.Call) -> bool:
    """Whether the function that a pipeline maps draws from a generator, or from the global one."""
    given = argument(call, 0, "map_func")
    found: list[ast.AST] = [given] if isinstance(given, ast.Lambda) else []
    if isinstance(given, ast.Name):
        found += context.module.functions.get(given.id, ())
    for function in found:
        for node in ast.walk(function):
            if isinstance(node, ast.Call):
                dotted = context.dotted(node.func)
                if "Generator" in dotted or dotted.startswith(
                    ("tensorflow.random.", "tensorflow.image.random_")
                ):
                    return True
    return False


_raced = partial(
    SourceRule,
    main=("again", "threads"),
    also=("affinity", "aslr", "gc"),
    remedy=SourceRemedy.ONE_THREAD_TO_TRAIN,
    race=True,
    overrules=True,
)

RULES = (
    _raced(says="trains with several threads that update one model in no fixed order", find=_trained),
    _raced(says="lets several threads fill one index in no fixed order", find=_graphs),
    _raced(says="updates one set of weights from several threads, without locks", find=_linear),
    _raced(
        says="runs calls in parallel, in no fixed order",
        find=_pipelines,
        remedy=SourceRemedy.ORDERED_PIPELINE,
    ),
)
