# SPDX-License-Identifier: Apache-2.0
"""Several files together: what imports lead to, and what parameters are given."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import pytest

from repro_action.pyanalysis.imports import imported_names, resolve_import
from repro_action.pyanalysis.link import link, read_program
from repro_action.pyanalysis.parse import read_module
from repro_action.pyanalysis.path_values import UNKNOWN, PathEvaluator
from repro_action.pyanalysis.program import SourceProgram

FILES = {
    "a/train.py",
    "a/near.py",
    "far.py",
    "pkg/__init__.py",
    "pkg/part.py",
    "pkg/sub/__init__.py",
    "src/deep.py",
}


def linked(sources: Mapping[str, str], entry: str = "train.py") -> SourceProgram:
    program = link(
        entry, lambda path, entry: read_module(path, sources[path], entry=entry), sources.__contains__
    )
    assert program is not None
    return program


@pytest.mark.parametrize(
    ("statement", "files"),
    [
        ("import near", ("a/near.py",)),
        ("import far", ("far.py",)),
        ("import deep", ("src/deep.py",)),
        ("import pkg.part", ("pkg/__init__.py", "pkg/part.py")),
        ("from pkg import part", ("pkg/__init__.py", "pkg/part.py")),
        ("from pkg import name", ("pkg/__init__.py",)),
        ("from . import near", ("a/near.py",)),
        ("from ..pkg.part import x", ("pkg/__init__.py", "pkg/part.py")),
        ("from ...pkg import x", ()),
        ("import numpy", ()),
    ],
)
def test_an_import_stands_for_files_of_the_project(statement: str, files: tuple[str, ...]) -> None:
    (imported,) = imported_names(ast.parse(statement).body[0])
    resolved = resolve_import("a/train.py", imported, ("a", "", "src"), FILES.__contains__)
    assert files == (resolved.files if resolved is not None else ())


def test_a_parameter_stands_for_its_default_and_for_what_callers_in_other_files_give() -> None:
    program = linked(
        {
            "train.py": "from lib import load\nload('a.csv')\nload(path='b.csv')\n",
            "lib.py": "def load(path='default.csv'):\n    open(path)\n",
        }
    )
    module = program.modules["lib.py"]
    (call,) = (call for call in module.each(ast.Call))
    assert ("default.csv", "a.csv", "b.csv") == PathEvaluator(program=program).values(call.args[0], module)


def test_self_is_not_counted_among_the_parameters_of_a_method() -> None:
    program = linked({"train.py": "class A:\n    def f(self, path): open(path)\nA().f('x.csv')\n"})
    call = next(call for call in program.script.each(ast.Call) if program.script.dotted(call.func) == "open")
    assert ("x.csv",) == PathEvaluator(program=program).values(call.args[0], program.script)


def test_a_function_of_a_library_is_not_taken_for_one_of_the_project_with_the_same_name() -> None:
    program = linked(
        {
            "train.py": "import lib\nfrom elsewhere import load\nload('a.csv')\n",
            "lib.py": "def load(path): open(path)\n",
        }
    )
    assert {"elsewhere"} == program.libraries
    assert {} == program.callers


def test_frames_that_nothing_mentions_do_not_run() -> None:
    program = linked({"train.py": "def f(): g()\ndef g(): ...\ndef unused(): ...\nf()\n"})
    assert ["", "f", "g"] == sorted(getattr(frame, "name", "") for _, frame in program.reachable)


def test_modules_that_import_each_other_in_a_circle_are_read_once() -> None:
    program = linked({"train.py": "import a\n", "a.py": "import b\n", "b.py": "import a\n"})
    assert ["train.py", "a.py", "b.py"] == list(program.modules)


def test_a_reexported_function_is_found_among_files_that_ran() -> None:
    program = read_program(
        {
            "train.py": "from pkg import f\nf(x)\n",
            "pkg/__init__.py": "from .io import f\n",
            "pkg/io.py": "def f(a): ...\n",
        },
        (),
    )
    module = program.modules["train.py"]
    (call,) = module.each(ast.Call)
    function = program.function(module, call.func)
    assert function is not None
    assert "pkg/io.py" == function.module.path


@pytest.mark.parametrize(
    "code",
    [
        "p = p + p\n" * 50 + "open(p)\n",
        "a = b\nb = a\nopen(a)\n",
        "for p in p: open(p)\n",
        "def f(x): return f(x + x)\nopen(f('a'))\n",
        "p0 = 'a'\n" + "".join(f"p{n} = p{n - 1} + p{n - 1}\n" for n in range(1, 300)) + "open(p299)\n",
        "from train import x\nx = x\nopen(x)\n",
    ],
)
def test_names_in_circles_end_in_what_is_not_known(code: str) -> None:
    program = linked({"train.py": code})
    evaluator = PathEvaluator(program=program)
    call = next(call for call in program.script.each(ast.Call) if program.script.dotted(call.func) == "open")
    values = evaluator.values(call.args[0], program.script)
    assert len(values) <= 8
    assert all(UNKNOWN in value or len(value) <= 1024 for value in values)
