# SPDX-License-Identifier: Apache-2.0
"""All files that ran, joined: which functions call which, what is seeded, which expressions are sets."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from repro_action.pyanalysis.module import (
    MAX_LENGTH,
    MAX_TOKENS,
    Binding,
    Defined,
    Module,
    read_module,
    tokens,
)

_MAX_FILES = 200
_MAX_ALL_TOKENS = 400_000
_MAX_CALLS = 20

_SEEDING = {
    "numpy.random.seed": ("numpy",),
    "random.seed": ("random",),
    "torch.manual_seed": ("torch",),
    "torch.random.manual_seed": ("torch",),
    "tensorflow.random.set_seed": ("tensorflow",),
    "tensorflow.keras.utils.set_random_seed": ("tensorflow", "numpy", "random", "torch"),
    "keras.utils.set_random_seed": ("tensorflow", "numpy", "random", "torch"),
}
_SEEDING_LAST = {
    "seed_everything": ("numpy", "random", "torch"),
    "set_seed": ("numpy", "random", "torch", "tensorflow"),
    "set_random_seed": ("numpy", "random", "torch", "tensorflow"),
    "fix_seed": ("numpy", "random", "torch"),
}


@dataclass(slots=True, eq=False)
class Project:
    """The files that ran.

    Attributes:
        modules: by path, in the order in which they were given.
        functions: bare name → definitions, with their file.
        calls: bare name → calls, with their file.
        seeded: libraries whose global generator is given a seed somewhere.
        imported: names that one file takes from another module.
    """

    modules: dict[str, Module]
    functions: dict[str, list[tuple[Module, Defined]]] = field(default_factory=dict)
    calls: dict[str, list[tuple[Module, ast.Call]]] = field(default_factory=dict)
    seeded: set[str] = field(default_factory=set)
    imported: set[str] = field(default_factory=set)

    def function(self, module: Module, call: ast.Call) -> tuple[Module, Defined] | None:
        """Return the project's function that a call calls, where its name tells."""
        name = bare(call.func)
        if isinstance(call.func, ast.Attribute):
            held = self.functions.get(name, ())
            return held[0] if len(held) == 1 else None
        own = module.functions.get(name)
        if own:
            return module, own[-1]
        if name not in module.aliases:
            return None
        held = self.functions.get(bare_text(module.aliases[name]), ())
        return held[0] if len(held) == 1 else None

    def callers(self, name: str) -> list[tuple[Module, ast.Call]]:
        """Return calls of a project's function, by its bare name."""
        return self.calls.get(name, [])[:_MAX_CALLS] if len(self.functions.get(name, ())) == 1 else []

    def arguments(self, module: Module, node: ast.Name, held: Binding) -> Iterator[tuple[Module, ast.expr]]:
        """Yield what callers give to the parameter that a name stands for."""
        home = module.homes.get(node)
        if held.parameter < 0 or not isinstance(home, ast.FunctionDef | ast.AsyncFunctionDef):
            return
        method = isinstance(module.scopes.get(home), ast.ClassDef)
        name = home.name
        if method and name == "__init__":
            around = module.scopes[home]
            name = around.name if isinstance(around, ast.ClassDef) else name
            calls = self.calls.get(name, [])[:_MAX_CALLS]
        else:
            calls = self.callers(name)
        for other, call in calls:
            index = held.parameter - (1 if method else 0)
            if 0 <= index < len(call.args) and not any(
                isinstance(item, ast.Starred) for item in call.args[: index + 1]
            ):
                yield other, call.args[index]
            for keyword in call.keywords:
                if keyword.arg == node.id:
                    yield other, keyword.value


def bare(node: ast.AST) -> str:
    """Return the last part of what an expression names: `a.b.c` → `c`."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def bare_text(dotted: str) -> str:
    """Return the last part of a dotted name."""
    return dotted.rpartition(".")[2]


def argument(call: ast.Call, index: int, *names: str) -> ast.expr | None:
    """Return an argument by place or by name; `index` -1 for by name only."""
    for keyword in call.keywords:
        if keyword.arg in names:
            return keyword.value
    given = call.args[: index + 1]
    if index < 0 or any(isinstance(item, ast.Starred) for item in given) or len(given) <= index:
        return None
    return given[index]


def constant(node: ast.AST | None) -> object:
    """Return the value of a literal; `...` where the expression is none."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
            return -value
    return ...


def read_project(sources: Mapping[str, str], first: Collection[str]) -> Project:
    """Read files within bounds of number and size; what is no Python is left out.

    Args:
        sources: path → text.
        first: files that matter most, should not all fit.
    """
    project = Project(modules={})
    left = _MAX_ALL_TOKENS
    chosen = sorted(sources, key=lambda path: (path not in first, path))[:_MAX_FILES]
    for path in chosen:
        size = tokens(sources[path]) if len(sources[path]) <= MAX_LENGTH else MAX_TOKENS + 1
        module = read_module(path, sources[path]) if size <= min(left, MAX_TOKENS) else None
        if module is not None:
            left -= size
            project.modules[path] = module
    for module in project.modules.values():
        project.imported |= {bare_text(dotted) for dotted in module.aliases.values()}
        for name, held in module.functions.items():
            project.functions.setdefault(name, []).extend((module, item) for item in held)
        for call in module.each(ast.Call):
            name = bare_text(module.aliases.get(bare(call.func), "")) or bare(call.func)
            project.calls.setdefault(name, []).append((module, call))
            _note_seed(project, module, call)
    return project


def _note_seed(project: Project, module: Module, call: ast.Call) -> None:
    given = [*call.args, *(item.value for item in call.keywords)]
    if not given or constant(given[0]) is None:
        return
    dotted = module.dotted(call.func)
    project.seeded.update(_SEEDING.get(dotted) or _SEEDING_LAST.get(bare_text(dotted), ()))
