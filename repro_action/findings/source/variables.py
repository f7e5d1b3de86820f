# SPDX-License-Identifier: Apache-2.0
"""Variables of the environment that a program reads."""

from __future__ import annotations

import ast
from collections.abc import Iterator

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
from repro_action.pyanalysis.syntax import argument, constant, last_name

_ENVIRON = {"os.environ", "os.environb"}
_VARIABLES = {
    "home": ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "USERPROFILE", "HF_HOME"),
    "user-host": ("USER", "LOGNAME", "USERNAME", "HOSTNAME", "HOST", "COMPUTERNAME"),
    "locale": ("LANG", "LC_ALL", "LC_CTYPE", "LC_COLLATE", "LC_NUMERIC", "LC_TIME", "LANGUAGE"),
    "timezone": ("TZ",),
    "threads": ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LOKY_MAX_CPU_COUNT"),
    "build-path": ("PWD", "OLDPWD", "GITHUB_WORKSPACE", "PYTHONPATH"),
    "hash-seed": ("PYTHONHASHSEED",),
}
_NAMED = {name for names in _VARIABLES.values() for name in names}


def rule_of_variables(variation: str) -> SourceRule:
    """Return the rule for variables that belong to a variation."""
    return SourceRule(
        main=(variation,),
        says="reads the environment",
        remedy=SourceRemedy.DECLARED_VARIABLE,
        find=lambda context: variables_of(context, variation),
    )


def variables_of(context: SourceContext, variation: str) -> Iterator[RuleHit]:
    """Variables of the environment that belong to a variation."""
    for node, name in _environment_reads(context):
        if name in _VARIABLES[variation]:
            yield RuleHit(node=node, says=f"reads `{name}` from the environment")


def _environment_reads(context: SourceContext) -> Iterator[tuple[ast.AST, str]]:
    for call in context.module.each(ast.Call):
        if context.dotted(call.func) in {"os.getenv", "os.environ.get", "os.environ.pop", "os.getenvb"}:
            name = constant(argument(call, 0, "key"))
            yield call, name if isinstance(name, str) else ""
    for node in context.module.each(ast.Subscript):
        if isinstance(node.ctx, ast.Load) and context.dotted(node.value) in _ENVIRON:
            name = constant(node.slice)
            yield node, name if isinstance(name, str) else ""


def _environment(context: SourceContext) -> Iterator[RuleHit]:
    for node, name in _environment_reads(context):
        yield RuleHit(node=node, likelihood=UNLIKELY if name in _NAMED else LIKELY)
    whole: list[ast.Attribute | ast.Name] = [
        *context.module.each(ast.Attribute),
        *(name for name in context.module.each(ast.Name) if name.id in context.module.aliases),
    ]
    for node in whole:
        if context.dotted(node) not in _ENVIRON or not isinstance(node.ctx, ast.Load):
            continue
        match context.module.parent(node):
            case ast.Attribute(attr="items" | "keys" | "values" | "__len__"):
                yield RuleHit(node=node, says="reads the whole environment")
            case ast.Attribute(attr="copy"):
                yield RuleHit(node=node, likelihood=POSSIBLE, says="reads the whole environment")
            case ast.Call(func=func) if last_name(func) in {
                *("dict", "len", "sorted", "list", "str", "set", "repr"),
            }:
                yield RuleHit(node=node, says="reads the whole environment")
            case ast.For() | ast.comprehension() | ast.FormattedValue():
                yield RuleHit(node=node, says="reads the whole environment")


RULES = (
    SourceRule(
        main=("environment",),
        says="reads the environment",
        find=_environment,
        remedy=SourceRemedy.DECLARED_VARIABLE,
    ),
    rule_of_variables("timezone"),
    rule_of_variables("threads"),
    rule_of_variables("build-path"),
    rule_of_variables("hash-seed"),
    SourceRule(
        main=("environment",),
        says="looks up a program through the environment",
        remedy=SourceRemedy.PROGRAM_PATH,
        find=calls_of({"shutil.which", "os.get_exec_path"}),
    ),
)
