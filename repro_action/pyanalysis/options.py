# SPDX-License-Identifier: Apache-2.0
"""Command-line options that a script declares with argparse or click, and their defaults."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from repro_action.pyanalysis.module import SourceModule
from repro_action.pyanalysis.syntax import Defined, literal_text


def argparse_defaults(module: SourceModule) -> Iterator[tuple[str, ast.expr]]:
    """Yield the attribute of the parsed arguments and the default of each `add_argument` that has one."""
    for call, name in _arguments(module):
        keywords = _keywords(call)
        if "default" in keywords:
            yield literal_text(keywords.get("dest")) or attribute_name(name), keywords["default"]


def required_options(module: SourceModule) -> Iterator[str]:
    """Yield the argparse arguments without which a script does not start."""
    for call, name in _arguments(module):
        keywords = _keywords(call)
        required = keywords.get("required")
        demanded = isinstance(required, ast.Constant) and required.value is True
        if demanded or (not name.startswith("-") and not {"default", "nargs"} & set(keywords)):
            yield name


def flags(module: SourceModule) -> Iterator[str]:
    """Yield the attributes of argparse options that are off unless they are given."""
    for call, name in _arguments(module):
        keywords = _keywords(call)
        if literal_text(keywords.get("action")) == "store_true":
            yield literal_text(keywords.get("dest")) or attribute_name(name)


def click_defaults(module: SourceModule) -> Iterator[tuple[Defined, str, ast.expr]]:
    """Yield the function, its parameter and the default of each click option."""
    for definitions in module.functions.values():
        for function in definitions:
            for mark in function.decorator_list:
                if not isinstance(mark, ast.Call) or not isinstance(mark.func, ast.Attribute):
                    continue
                name, default = _flag(mark), _keywords(mark).get("default")
                if name and default is not None:
                    yield function, attribute_name(name), default


def attribute_name(flag: str) -> str:
    """Return the attribute that an option is read by: `--out-dir` → `out_dir`."""
    return flag.lstrip("-").replace("-", "_")


def _arguments(module: SourceModule) -> Iterator[tuple[ast.Call, str]]:
    for call in module.each(ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "add_argument":
            name = _flag(call)
            if name:
                yield call, name


def _keywords(call: ast.Call) -> dict[str, ast.expr]:
    return {item.arg: item.value for item in call.keywords if item.arg}


def _flag(call: ast.Call) -> str:
    """Return the long flag of an option, else its first name."""
    flags = [text for item in call.args if (text := literal_text(item))]
    return next((flag for flag in flags if flag.startswith("--")), flags[0] if flags else "")
