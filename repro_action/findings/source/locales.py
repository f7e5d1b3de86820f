# SPDX-License-Identifier: Apache-2.0
"""The locale: how numbers, dates and texts are written, sorted and encoded."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from repro_action.findings.source.remedies import SourceRemedy
from repro_action.findings.source.rule import (
    UNLIKELY,
    RuleHit,
    SourceContext,
    SourceRule,
)
from repro_action.findings.source.variables import variables_of
from repro_action.pyanalysis.syntax import argument, constant, last_name

_LOCALE = {
    *("locale.setlocale", "locale.strxfrm", "locale.strcoll", "locale.format_string", "locale.getlocale"),
    *("locale.str", "locale.currency", "locale.localeconv", "locale.getpreferredencoding"),
    *("locale.getencoding", "locale.getdefaultlocale", "sys.getfilesystemencoding", "locale.atof"),
    *("locale.nl_langinfo", "os.fsencode", "calendar.month_name", "calendar.day_name"),
    "sys.getdefaultencoding",
}
_LOCAL_FORMATS = ("%a", "%A", "%b", "%B", "%c", "%x", "%X", "%p", "%r")


def _locale(context: SourceContext) -> Iterator[RuleHit]:
    for call in context.module.each(ast.Call):
        if context.dotted(call.func) in _LOCALE:
            yield RuleHit(node=call)
    for node in context.module.each(ast.Attribute):
        dotted = context.dotted(node)
        if dotted in {
            *("locale.strxfrm", "locale.strcoll", "calendar.month_name", "calendar.day_name"),
        } and not (
            isinstance(context.module.parent(node), ast.Call)
            and getattr(context.module.parent(node), "func", None) is node
        ):
            yield RuleHit(node=node)
    for text in context.module.each(ast.Constant):
        above = context.module.parent(text)
        if not isinstance(text.value, str) or len(text.value) > 200:
            continue
        if (text.value.endswith("n") and _is_format(context, text)) or "{:n}" in text.value:
            yield RuleHit(
                node=text if not isinstance(above, ast.JoinedStr) else above, says="formats by the locale"
            )
        elif (
            isinstance(above, ast.Call)
            and last_name(above.func) in {"strftime", "strptime", "to_datetime"}
            and any(part in text.value for part in _LOCAL_FORMATS)
        ):
            yield RuleHit(node=above, says="names days or months in the locale's language")
    yield from variables_of(context, "locale")


def _is_format(context: SourceContext, text: ast.Constant) -> bool:
    """Whether a text is the `n` of `f"{x:n}"` or `format(x, "n")`."""
    above = context.module.parent(text)
    if isinstance(above, ast.Call):
        return last_name(above.func) == "format" and above.args[1:2] == [text]
    around = context.module.parent(above) if isinstance(above, ast.JoinedStr) else None
    return isinstance(around, ast.FormattedValue) and around.format_spec is above


def _encoded(context: SourceContext) -> Iterator[RuleHit]:
    """Text files without an encoding."""
    for call in context.module.each(ast.Call):
        name = last_name(call.func)
        index = {"open": 1, "read_text": 0, "write_text": 1, "fdopen": 1}.get(name)
        if index is None or argument(call, -1, "encoding") is not None:
            continue
        if name == "open":
            builtin = context.module.is_builtin(call, "open") or context.dotted(call.func) == "io.open"
            path = isinstance(call.func, ast.Attribute) and "Path" in context.dotted(call.func)
            mode = constant(argument(call, 1 if builtin else 0, "mode"))
            if not (builtin or path) or (isinstance(mode, str) and "b" in mode) or len(call.args) > 3:
                continue
        elif len(call.args) > index:
            continue
        yield RuleHit(node=call, likelihood=UNLIKELY)


RULES = (
    SourceRule(
        main=("locale",),
        says="depends on the locale",
        find=_locale,
        remedy=SourceRemedy.NO_LOCALE,
    ),
    SourceRule(
        main=("locale",),
        says="reads or writes text in the locale's encoding",
        remedy=SourceRemedy.ENCODING,
        find=_encoded,
    ),
)
