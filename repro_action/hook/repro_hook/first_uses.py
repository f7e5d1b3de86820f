# SPDX-License-Identifier: Apache-2.0

"""What a program does first with a generator that it just made; loaded when one is made without a seed.

The syntax tree is asked: how a program is laid out in lines is no part of the answer.
"""

from __future__ import annotations

import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

SEED, STATE, DRAWN = "seed", "state", "drawn"
"""It is given a seed; the state of another one, whatever happens; or numbers are drawn from it."""

LONGEST = 20_000
"""Lines of a source file that are parsed."""
FILES = 16

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.Module, ast.ClassDef)
_CONDITIONS = (ast.If, ast.For, ast.While, ast.Try, ast.IfExp)
_SETTERS = ("set_state", "setstate", "__setstate__")
_READ = ("bit_generator", "state", "get_state", "getstate")
_FILLED = ("append", "appendleft", "add", "insert", "setdefault")
"""Methods of containers that keep what they are given."""
_CARRIERS = ("Generator", "RandomState", "list", "tuple", "set", "dict", "deque")
"""Calls whose result is, or holds, what they are given, without drawing from it."""
_HARMLESS = (
    "print",
    "repr",
    "str",
    "type",
    "id",
    "len",
    "isinstance",
    "hasattr",
    "enumerate",
    "zip",
    "sorted",
)
DEEPEST = 4
"""Functions, one called by the other, through which a generator is followed."""

_SOURCES: dict[str, _Source | None] = {}
_ANSWERS: dict[tuple[object, int], str | None] = {}


class _Source:
    """The tree of a file, with the parent of each node."""

    def __init__(self, text: str) -> None:
        self.tree = ast.parse(text)
        self.parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the nodes around one, from the inside."""
        while node in self.parents:
            node = self.parents[node]
            yield node


def first_use(frame: FrameType, lines: list[str]) -> str | None:
    """Return what is done first with what a frame is making; None where it does not show.

    Args:
        frame: at the call, or at the property, that makes it.
        lines: of its file.
    """
    key = (frame.f_code, frame.f_lasti)
    if key not in _ANSWERS:
        if len(_ANSWERS) > 1000:
            _ANSWERS.clear()
        source = _source(frame.f_code.co_filename, lines)
        _ANSWERS[key] = None if source is None else _answer(source, frame)
    return _ANSWERS[key]


def _source(name: str, lines: list[str]) -> _Source | None:
    if "site-packages" in name or not lines or len(lines) > LONGEST:
        return None
    if name not in _SOURCES:
        if len(_SOURCES) >= FILES:
            _SOURCES.clear()
        try:
            _SOURCES[name] = _Source("\n".join(lines))
        except (SyntaxError, ValueError, RecursionError):
            _SOURCES[name] = None
    return _SOURCES[name]


def _answer(source: _Source, frame: FrameType) -> str | None:
    found = [_of_expression(source, made) for made in _made(source, frame)]
    return next((answer for kind in (SEED, STATE, DRAWN) for answer in found if answer == kind), None)


def _made(source: _Source, frame: FrameType) -> list[ast.expr]:
    """Return the expression that a frame is at; before Python 3.11, all calls of the line."""
    positions = getattr(frame.f_code, "co_positions", None)
    nodes = [node for node in ast.walk(source.tree) if isinstance(node, (ast.Call, ast.Attribute))]
    if positions is not None:
        place = list(positions())[frame.f_lasti // 2]
        exact: list[ast.expr] = [node for node in nodes if _place(node) == place]
        if exact:
            return exact
    line = frame.f_lineno
    return [node for node in nodes if node.lineno <= line <= (node.end_lineno or 0)]


def _place(node: ast.expr) -> tuple[int | None, ...]:
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset


def _of_expression(source: _Source, made: ast.expr) -> str | None:
    """Follow an expression to what is done with it at once, or to the names that it is bound to."""
    names: set[str] = set()
    inner: ast.AST = made
    for parent in source.above(made):
        if isinstance(parent, ast.Attribute):
            answer = _of_attribute(source, parent)
            if answer is not None:
                return answer
        elif isinstance(parent, ast.Call) and inner is not parent.func:
            if _last(parent.func) in _FILLED and isinstance(parent.func, ast.Attribute):
                names.add(_dotted(parent.func.value))
                break
            if _last(parent.func) not in _CARRIERS:
                return _of_argument(source, parent, inner, 0)
        elif isinstance(parent, ast.NamedExpr):
            names.add(parent.target.id)
        elif isinstance(parent, ast.Assign):
            names.update(name for target in parent.targets for name in _targets(target))
        elif isinstance(parent, ast.AnnAssign):
            names.update(_targets(parent.target))
        inner = parent
        if isinstance(parent, ast.stmt):
            break
    names.discard("")
    return None if isinstance(inner, ast.Return) or not names else _of_names(source, made, names)


def _targets(target: ast.expr) -> list[str]:
    if isinstance(target, (ast.Tuple, ast.List)):
        return [name for inner in target.elts for name in _targets(inner)]
    name = _dotted(target.value if isinstance(target, ast.Subscript) else target)
    return [name] if name else []


def _dotted(node: ast.AST) -> str:
    """Return a name with its attributes, as it reads; empty for others."""
    if isinstance(node, ast.Name):
        return node.id
    inner = _dotted(node.value) if isinstance(node, ast.Attribute) else ""
    return f"{inner}.{node.attr}" if isinstance(node, ast.Attribute) and inner else ""


def _last(function: ast.expr) -> str:
    """Return the last name of what is called."""
    return _dotted(function).rpartition(".")[2] or (
        function.attr if isinstance(function, ast.Attribute) else ""
    )


def _of_names(source: _Source, made: ast.expr, names: set[str]) -> str | None:
    """Look at the uses of some names behind an expression, in the order in which they are written."""
    around = list(source.above(made))
    scope = next(node for node in around if isinstance(node, _SCOPES))
    end = (made.end_lineno or 0, made.end_col_offset or 0)
    return _of_uses(source, scope, names, end, frozenset(around), 0)


def _of_uses(
    source: _Source,
    scope: ast.AST,
    names: set[str],
    end: tuple[int, int],
    around: frozenset[ast.AST],
    depth: int,
) -> str | None:
    """Look at the uses of some names in a scope from a place on; `around` is what holds that place."""
    loops: set[ast.AST] = set()  # over all that the names hold
    uses = [node for node in ast.walk(scope) if isinstance(node, (ast.Name, ast.Attribute))]
    for use in sorted(uses, key=lambda node: (node.lineno, node.col_offset)):
        if (use.lineno, use.col_offset) < end or _dotted(use) not in names:
            continue
        node: ast.expr = use
        parent = source.parents[node]
        while isinstance(parent, ast.Subscript) and parent.value is node:
            node, parent = parent, source.parents[parent]
        answer: str | None = None
        loop = next(
            (outer for outer in source.above(use) if isinstance(outer, (ast.For, ast.comprehension))), None
        )
        if loop is not None and loop not in loops and use in ast.walk(loop.iter):
            names.update(_targets(loop.target))
            loops.update([loop] if node is use else [])  # a part of what the names hold is not all
        elif isinstance(parent, ast.Return):
            return None
        elif isinstance(parent, ast.Attribute):
            answer = _of_attribute(source, parent)
        elif isinstance(parent, ast.Assign) and parent.value is node:
            names.update(name for target in parent.targets for name in _targets(target))
        elif isinstance(parent, ast.Call) and _last(parent.func) not in (*_CARRIERS, *_HARMLESS):
            answer = _of_argument(source, parent, node, depth)
            if answer is None:
                return None  # what it is given to may draw
        if answer is STATE and any(
            isinstance(outer, _CONDITIONS) and outer not in around and outer not in loops
            for outer in source.above(use)
        ):
            return None
        if answer is not None:
            return answer
    return None


def _of_argument(source: _Source, call: ast.Call, argument: ast.AST, depth: int) -> str | None:
    """Follow an argument into a function of the same file; None where it is another one."""
    name = _dotted(call.func)
    found = [
        node
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef) and node.name == name and not node.decorator_list
    ]
    if len(found) != 1 or depth >= DEEPEST:
        return None
    parameters = [*found[0].args.posonlyargs, *found[0].args.args]
    keyword = next((each.arg for each in call.keywords if each.value is argument), None)
    if argument in call.args and not any(isinstance(each, ast.Starred) for each in call.args):
        place = call.args.index(argument)
        keyword = parameters[place].arg if place < len(parameters) else None
    if keyword is None:
        return None
    body = found[0].body[0]
    around = frozenset([found[0], *source.above(found[0])])
    return _of_uses(source, found[0], {keyword}, (body.lineno, body.col_offset), around, depth + 1)


def _of_attribute(source: _Source, node: ast.Attribute) -> str | None:
    """Return what is done with the object of an attribute; None for what neither draws nor seeds."""
    parent = source.parents[node]
    called = isinstance(parent, ast.Call) and parent.func is node
    if node.attr == "seed" and isinstance(parent, ast.Call) and called:
        given = [*parent.args, *(keyword.value for keyword in parent.keywords)]
        none = not given or (isinstance(given[0], ast.Constant) and given[0].value is None)
        return DRAWN if none else SEED
    stored = {"state": node, "bit_generator": parent}.get(node.attr)
    if node.attr in _SETTERS or (isinstance(stored, ast.Attribute) and isinstance(stored.ctx, ast.Store)):
        return STATE
    return DRAWN if called and node.attr not in _READ else None
