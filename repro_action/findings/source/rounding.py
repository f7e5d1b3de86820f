# SPDX-License-Identifier: Apache-2.0
"""Where rounding decides: ties and nearly equal sums that another instruction set breaks otherwise."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from repro_action.findings.source.rule import Doubt, Find, Hit, Rule, Scene
from repro_action.pyanalysis.program import argument, bare, constant

_NUMERIC = ("blas", "numpy-dispatch", "torch-isa", "libm")


def _unstable(scene: Scene) -> Iterator[Hit]:
    """`argsort` in its default kind: the order of equal values depends on the instructions."""
    for call in scene.module.each(ast.Call):
        name = bare(call.func)
        if name == "argsort" and constant(argument(call, 2, "kind")) not in {"stable", "mergesort"}:
            if argument(call, -1, "stable") is None:
                yield Hit(node=call)
        elif name in {"argpartition", "topk"}:
            yield Hit(node=call)
        elif name in {"sort_values", "nlargest", "nsmallest"} and argument(call, -1, "kind") is None:
            yield Hit(node=call, doubt=Doubt.MUCH)


def _chosen(scene: Scene) -> Iterator[Hit]:
    for call in scene.module.each(ast.Call):
        if bare(call.func) in {"argmax", "argmin", "nanargmax", "nanargmin"}:
            yield Hit(node=call, doubt=Doubt.SOME)


def _calls(attributes: Collection[str], packages: tuple[str, ...]) -> Find:
    """Return a pattern: functions of packages, by their last name; `""` for methods of anything."""

    def find(scene: Scene) -> Iterator[Hit]:
        for call in scene.module.each(ast.Call):
            dotted = scene.dotted(call.func)
            package = dotted.rpartition(".")[0]
            method = "" in packages and isinstance(call.func, ast.Attribute)
            if bare(call.func) in attributes and (method or package in packages):
                yield Hit(node=call, doubt=Doubt.SOME)

    return find


def _products(scene: Scene) -> Iterator[Hit]:
    for node in scene.module.each(ast.BinOp):
        if isinstance(node.op, ast.MatMult):
            yield Hit(node=node, doubt=Doubt.SOME)


_PORTABLE = 'Keep `profile = "portable"`, which pins the kernels and instructions.'
_FUNCTIONS = {
    *("exp", "log", "sin", "cos", "tan", "tanh", "sinh", "cosh", "power", "pow", "log1p", "expm1", "log2"),
    *("log10", "arctan", "arctan2", "atan", "atan2", "exp2", "cbrt", "erf", "gamma", "lgamma", "hypot"),
}
_ALGEBRA = {
    "dot",
    "matmul",
    "einsum",
    "tensordot",
    "inner",
    "outer",
    "cov",
    "corrcoef",
    "polyfit",
    "vdot",
    "svd",
    *("eigh", "eig", "solve", "inv", "pinv", "lstsq", "qr", "cholesky", "norm", "det", "svds"),
}
_FITS = {"fit", "fit_transform", "fit_predict", "partial_fit"}
_LEARNS = {"backward", "step", "cross_entropy", "mse_loss", "conv2d", "scaled_dot_product_attention"}

RULES = (
    Rule(
        main=("libm", "numpy-dispatch"),
        says="is rounded otherwise by another library of functions",
        remedy=_PORTABLE,
        find=_calls(_FUNCTIONS, ("math", "numpy", "cmath", "scipy.special")),
    ),
    Rule(
        main=("blas",),
        also=("threads", "libm", "numpy-dispatch"),
        says="is rounded otherwise by another BLAS kernel",
        remedy=_PORTABLE,
        find=_calls(_ALGEBRA, ("numpy", "numpy.linalg", "scipy.linalg", "scipy.sparse.linalg")),
    ),
    Rule(
        main=("blas",),
        also=("threads",),
        says="is rounded otherwise by another BLAS kernel",
        remedy=_PORTABLE,
        find=_products,
    ),
    Rule(
        main=("blas",),
        also=("numpy-dispatch", "libm", "threads"),
        says="is rounded otherwise by other kernels",
        remedy=_PORTABLE,
        find=_calls(_FITS, ("",)),
    ),
    Rule(
        main=("torch-isa",),
        also=("threads", "blas"),
        says="is rounded otherwise by other instructions",
        remedy=_PORTABLE,
        find=_calls(_LEARNS, ("",)),
    ),
    Rule(
        main=("numpy-dispatch",),
        also=_NUMERIC,
        says="orders equal values by chance",
        remedy='Write `kind="stable"`, and keep `profile = "portable"`.',
        find=_unstable,
    ),
    Rule(
        main=(),
        also=_NUMERIC,
        says="chooses between sums that may be nearly equal",
        remedy='Round before choosing, and keep `profile = "portable"`.',
        find=_chosen,
    ),
)
