# SPDX-License-Identifier: Apache-2.0
"""Absolute paths whose text reaches a result."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from repro_action.findings.source.remedies import SourceRemedy
from repro_action.findings.source.rule import (
    HARMLESS,
    LIKELY,
    POSSIBLE,
    UNLIKELY,
    Likelihood,
    RuleHit,
    SourceContext,
    SourceRule,
)
from repro_action.pyanalysis.syntax import constant, last_name

_HERE = {
    *("os.getcwd", "os.getcwdb", "pathlib.Path.cwd", "os.path.abspath", "os.path.realpath"),
    *("inspect.getfile", "inspect.getsourcefile", "traceback.format_exc", "inspect.stack"),
    *("inspect.currentframe", "traceback.format_stack", "sys._getframe", "pathlib.Path.absolute"),
    "pathlib.Path.resolve",
}
_HERE_NAMES = {"sys.argv", "sys.path", "__path__", "sys.orig_argv", "os.curdir"}


def _here(context: SourceContext) -> Iterator[RuleHit]:
    """Absolute paths whose text goes further than into `open`."""
    module = context.module
    for name in module.each(ast.Name):
        if name.id == "__file__" and module.home(name) is None:
            yield RuleHit(node=name, likelihood=_path_likelihood(context, name))
    for call in module.each(ast.Call):
        method = last_name(call.func) in {"resolve", "absolute"} and isinstance(call.func, ast.Attribute)
        dotted = context.dotted(call.func)
        if dotted in _HERE or (method and not call.args and "__file__" not in dotted):
            yield RuleHit(node=call, likelihood=_path_likelihood(context, call))
    for node in module.each(ast.Attribute):
        dotted = context.dotted(node)
        if dotted in _HERE_NAMES and isinstance(node.ctx, ast.Load):
            harmless = dotted == "sys.path" and isinstance(module.parent(node), ast.Attribute)
            first = _item(context, node)
            argued = dotted == "sys.argv" and first != 0
            yield RuleHit(
                node=node,
                likelihood=HARMLESS if harmless else UNLIKELY if argued else _path_likelihood(context, node),
            )
        elif node.attr == "co_filename":
            yield RuleHit(node=node)


def _item(context: SourceContext, node: ast.AST) -> object:
    above = context.module.parent(node)
    return constant(above.slice) if isinstance(above, ast.Subscript) else ...


def _path_likelihood(context: SourceContext, node: ast.AST) -> Likelihood:
    if context.uses.only_shown(context.module, node):
        return HARMLESS
    match context.uses.only_opened(context.module, node):
        case True:
            return HARMLESS
        case False:
            return LIKELY
        case None:
            return POSSIBLE


RULES = (
    SourceRule(
        main=("build-path",),
        says="is an absolute path that is used as text",
        find=_here,
        remedy=SourceRemedy.RELATIVE_PATHS,
    ),
)
