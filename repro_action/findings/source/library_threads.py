# SPDX-License-Identifier: Apache-2.0
"""Libraries whose threads update one model, or draw from one generator, in whatever order they come.

A seed does not fix that; one thread does. Each entry of the table names where the library says so.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from repro_action.findings.source.remedies import SourceRemedy
from repro_action.findings.source.rule import LIKELY, POSSIBLE, RuleHit, SourceContext, SourceRule
from repro_action.pyanalysis.syntax import argument, constant, last_part


@dataclass(frozen=True, slots=True, kw_only=True)
class _Racing:
    """Calls of a library that race with more than one thread.

    Attributes:
        package: that the call belongs to.
        names: last parts of what is called.
        options: arguments that say how many threads there are.
        otherwise: whether it races where none of them is given.
        source: where that is documented or reported.
    """

    package: str
    names: frozenset[str]
    options: tuple[str, ...]
    otherwise: bool
    source: str


_RACING = (
    _Racing(
        package="gensim",
        names=frozenset({"Word2Vec", "Doc2Vec", "FastText", "Poincare", "LdaMulticore"}),
        options=("workers",),
        otherwise=True,
        source="https://radimrehurek.com/gensim/models/word2vec.html",
    ),
    _Racing(
        package="implicit",
        names=frozenset({"BayesianPersonalizedRanking"}),
        options=("num_threads",),
        otherwise=True,
        source="https://github.com/benfred/implicit/issues/710",
    ),
    _Racing(
        package="lightfm",
        names=frozenset({"fit", "fit_partial"}),
        options=("num_threads",),
        otherwise=False,
        source="https://github.com/lyst/lightfm/issues/286",
    ),
    _Racing(
        package="hnswlib",
        names=frozenset({"add_items", "set_num_threads"}),
        options=("num_threads",),
        otherwise=True,
        source="https://github.com/nmslib/hnswlib/issues/82",
    ),
    _Racing(
        package="nmslib",
        names=frozenset({"createIndex"}),
        options=("num_threads",),
        otherwise=True,
        source="https://github.com/nmslib/nmslib/issues/248",
    ),
    _Racing(
        package="tomotopy",
        names=frozenset({"train"}),
        options=("workers",),
        otherwise=True,
        source="https://github.com/bab2min/tomotopy/issues/60",
    ),
    _Racing(
        package="fasttext",
        names=frozenset({"train_supervised", "train_unsupervised"}),
        options=("thread",),
        otherwise=True,
        source="https://fasttext.cc/docs/en/faqs.html",
    ),
    _Racing(
        package="optuna",
        names=frozenset({"optimize"}),
        options=("n_jobs",),
        otherwise=False,
        source="https://github.com/optuna/optuna/issues/4412",
    ),
)


def _trained(context: SourceContext) -> Iterator[RuleHit]:
    """Calls of the table."""
    for call in context.module.each(ast.Call):
        dotted = context.dotted(call.func)
        for one in _RACING:
            if dotted.partition(".")[0] != one.package or last_part(dotted) not in one.names:
                continue
            given = argument(call, -1, *one.options)
            unknown = any(item.arg is None for item in call.keywords)
            if given is None and one.otherwise:
                yield RuleHit(node=call, likelihood=POSSIBLE if unknown else LIKELY)
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
    _raced(says="trains with threads that update one model in any order", find=_trained),
    _raced(says="lets several threads fill one index in any order", find=_graphs),
    _raced(says="updates one set of weights from several threads, without locks", find=_linear),
    _raced(
        says="maps in parallel calls that come in any order",
        find=_pipelines,
        remedy=SourceRemedy.ORDERED_PIPELINE,
    ),
)
