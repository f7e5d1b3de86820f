# SPDX-License-Identifier: Apache-2.0
"""Where rounding decides: ties and nearly equal sums that another instruction set breaks otherwise."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from functools import partial

from repro_action.findings.source.remedies import SourceRemedy
from repro_action.findings.source.rule import POSSIBLE, UNLIKELY, Find, RuleHit, SourceContext, SourceRule
from repro_action.pyanalysis.syntax import argument, constant, last_name

_NUMERIC = ("blas", "numpy-dispatch", "torch-isa", "libm")


def _unstable(context: SourceContext) -> Iterator[RuleHit]:
    """`argsort` in its default kind: the order of equal values depends on the instructions."""
    for call in context.module.each(ast.Call):
        name = last_name(call.func)
        if name == "argsort" and constant(argument(call, 2, "kind")) not in {"stable", "mergesort"}:
            if argument(call, -1, "stable") is None:
                yield RuleHit(node=call)
        elif name in {"argpartition", "topk"}:
            yield RuleHit(node=call)
        elif name in {"sort_values", "nlargest", "nsmallest"} and argument(call, -1, "kind") is None:
            yield RuleHit(node=call, likelihood=UNLIKELY)


def _chosen(context: SourceContext) -> Iterator[RuleHit]:
    for call in context.module.each(ast.Call):
        if last_name(call.func) in {"argmax", "argmin", "nanargmax", "nanargmin"}:
            yield RuleHit(node=call, likelihood=POSSIBLE)


def _calls(attributes: Collection[str], packages: tuple[str, ...]) -> Find:
    """Return a pattern: functions of packages, by their last name; `""` for methods of anything."""

    def find(context: SourceContext) -> Iterator[RuleHit]:
        for call in context.module.each(ast.Call):
            dotted = context.dotted(call.func)
            package = dotted.rpartition(".")[0]
            method = "" in packages and isinstance(call.func, ast.Attribute)
            if last_name(call.func) in attributes and (method or package in packages):
                yield RuleHit(node=call, likelihood=POSSIBLE)

    return find


def _products(context: SourceContext) -> Iterator[RuleHit]:
    for node in context.module.each(ast.BinOp):
        if isinstance(node.op, ast.MatMult):
            yield RuleHit(node=node, likelihood=POSSIBLE)


_FUNCTIONS = {
    *("exp", "log", "sin", "cos", "tan", "tanh", "sinh", "cosh", "power", "pow", "log1p", "expm1", "log2"),
    *("log10", "arctan", "arctan2", "atan", "atan2", "exp2", "cbrt", "erf", "gamma", "lgamma", "hypot"),
}
_ALGEBRA = {
    *("dot", "matmul", "einsum", "tensordot", "inner", "outer", "cov", "corrcoef", "polyfit", "vdot", "svd"),
    *("eigh", "eig", "solve", "inv", "pinv", "lstsq", "qr", "cholesky", "norm", "det", "svds"),
}
_FITS = {"fit", "fit_transform", "fit_predict", "partial_fit"}
_LEARNS = {"backward", "step", "cross_entropy", "mse_loss", "conv2d", "scaled_dot_product_attention"}

_kernels = partial(SourceRule, remedy=SourceRemedy.PORTABLE_KERNELS)

RULES = (
    _kernels(
        main=("libm", "numpy-dispatch"),
        says="rounds differently with another math library",
        find=_calls(_FUNCTIONS, ("math", "numpy", "cmath", "scipy.special")),
    ),
    _kernels(
        main=("blas",),
        also=("threads", "libm", "numpy-dispatch"),
        says="rounds differently with another BLAS kernel",
        find=_calls(_ALGEBRA, ("numpy", "numpy.linalg", "scipy.linalg", "scipy.sparse.linalg")),
    ),
    _kernels(
        main=("blas",),
        also=("threads",),
        says="rounds differently with another BLAS kernel",
        find=_products,
    ),
    _kernels(
        main=("blas",),
        also=("numpy-dispatch", "libm", "threads"),
        says="rounds differently with other kernels",
        find=_calls(_FITS, ("",)),
    ),
    _kernels(
        main=("torch-isa",),
        also=("threads", "blas"),
        says="rounds differently with other instructions",
        find=_calls(_LEARNS, ("",)),
    ),
    SourceRule(
        main=("numpy-dispatch",),
        also=_NUMERIC,
        says="orders equal values by chance",
        remedy=SourceRemedy.STABLE_SORT,
        find=_unstable,
    ),
    SourceRule(
        main=(),
        also=_NUMERIC,
        says="chooses between sums that may be nearly equal",
        remedy=SourceRemedy.ROUND_FIRST,
        find=_chosen,
    ),
)
