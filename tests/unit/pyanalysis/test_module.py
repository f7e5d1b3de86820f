# SPDX-License-Identifier: Apache-2.0
"""Names of one file: which scope binds them, and what they stand for."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from repro_action.pyanalysis.module import SourceModule
from repro_action.pyanalysis.parse import MAX_TOKENS, count_tokens, read_module


def read(code: str, *, entry: bool = True) -> SourceModule:
    module = read_module("m.py", dedent(code), entry=entry)
    assert module is not None
    return module


def names_called(code: str) -> list[str]:
    module = read(code)
    return [module.dotted(call.func) for call in module.each(ast.Call)]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("import numpy as np\nnp.random.rand()", "numpy.random.rand"),
        ("import os.path\nos.path.join()", "os.path.join"),
        ("from os import path as p\np.join()", "os.path.join"),
        ("from .io import save\nsave()", ".io.save"),
        ("'a'.join(x)", "str().join"),
        ("x[0].join()", "?.join"),
        ("def open(): ...\nopen()", "open"),
    ],
)
def test_a_call_is_named_through_the_aliases_of_imports(code: str, name: str) -> None:
    assert [name] == names_called(code)


def test_a_variable_is_followed_to_what_it_was_bound_to_last() -> None:
    code = """
        from pathlib import Path
        p = open("a")
        p = Path("a")
        p.glob("*")
    """
    assert ["open", "pathlib.Path", "pathlib.Path().glob"] == names_called(code)


def test_a_default_is_evaluated_outside_of_its_function() -> None:
    module = read("path = 'a'\ndef f(path=path, *, other=path):\n    return path\n")
    (returned,) = module.each(ast.Return)
    inside = returned.value
    homes = {node: module.home(node) for node in module.each(ast.Name) if isinstance(node.ctx, ast.Load)}
    assert [module.functions["f"][0]] == [homes[node] for node in homes if node is inside]
    assert [module.tree, module.tree] == [homes[node] for node in homes if node is not inside]


def test_the_body_of_a_class_is_invisible_to_its_methods() -> None:
    module = read("x = 1\nclass A:\n    x = 2\n    y = x\n    def f(self):\n        return x\n")
    first, second = (node for node in module.each(ast.Name) if isinstance(node.ctx, ast.Load))
    assert isinstance(module.home(first), ast.ClassDef)
    assert module.home(second) is module.tree


def test_a_class_stands_for_its_constructor_and_methods_are_not_plain_functions() -> None:
    module = read("class A:\n    def __init__(self): ...\n    def f(self): ...\ndef g(): ...\n")
    assert {"A", "g"} == set(module.callables)


def test_the_main_part_counts_for_the_script_alone() -> None:
    code = "import a\nif __name__ == '__main__':\n    import b\n    f()\n"
    assert ["a", "b"] == [imported.module for imported in read(code).imports]
    other = read(code, entry=False)
    assert ["a"] == [imported.module for imported in other.imports]
    assert [] == other.each(ast.Call)


def test_calls_belong_to_the_function_that_runs_them_also_through_lambdas_and_classes() -> None:
    module = read("a()\nclass C:\n    b()\ndef f():\n    g = lambda: c()\n    @d()\n    def h(): e()\n")
    called = {
        getattr(frame, "name", ""): [module.dotted(call.func) for call in calls]
        for frame, calls in module.calls.items()
    }
    assert {"": ["a", "b"], "f": ["d", "c"], "h": ["e"]} == {
        name: sorted(called[name], reverse=name == "f") for name in called
    }


def test_what_is_under_an_if_or_except_may_not_run_but_the_main_part_does() -> None:
    module = read("if x:\n    a()\ntry:\n    b()\nexcept E:\n    c()\nif __name__ == '__main__':\n    d()\n")
    conditional = {module.dotted(call.func): module.is_conditional(call) for call in module.each(ast.Call)}
    assert {"a": True, "b": False, "c": True, "d": False} == conditional


@pytest.mark.parametrize("text", ["x = 1\0", "def", "(" * 100_000, "x = 1\n" * 500_000])
def test_what_is_not_python_or_too_long_is_left_out(text: str) -> None:
    assert read_module("m.py", text) is None


def test_words_are_counted_no_further_than_the_bound() -> None:
    assert MAX_TOKENS + 1 == count_tokens("a " * 400_000)
