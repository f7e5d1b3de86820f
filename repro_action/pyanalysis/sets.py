# SPDX-License-Identifier: Apache-2.0
"""Which expressions are sets, and of what: the order of sets of strings changes with the hash seed."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from repro_action.pyanalysis.module import Binding, SourceModule
from repro_action.pyanalysis.program import SourceProgram
from repro_action.pyanalysis.syntax import constant, last_name

_MAX_DEPTH = 25
_SET_NAMES = {"set", "frozenset", "Set", "FrozenSet", "AbstractSet", "MutableSet"}
_JOINS = {"union", "intersection", "difference", "symmetric_difference"}
_KEYS = {"keys", "items"}
_NUMBERS = {"int", "float", "len", "range", "ord", "round", "bool", "abs"}


@dataclass(slots=True, eq=False)
class SetTypes:
    """Judges expressions of a project; each one once."""

    program: SourceProgram
    judged: dict[ast.AST, bool] = field(default_factory=dict)

    def is_set(self, module: SourceModule, node: ast.AST | None, depth: int = 0) -> bool:
        """Whether an expression is a set whose order can change: not one of plain numbers."""
        if node is None or depth > _MAX_DEPTH:
            return False
        if node not in self.judged:
            self.judged[node] = False  # while it is being found out
            self.judged[node] = self._is_set(module, node, depth + 1)
        return self.judged[node]

    def _is_set(self, module: SourceModule, node: ast.AST, depth: int) -> bool:
        match node:
            case ast.Set(elts=elements):
                starred = any(isinstance(element, ast.Starred) for element in elements)
                return starred or (len(elements) > 1 and not all(_number(element) for element in elements))
            case ast.SetComp(elt=element):
                return not _number(element)
            case ast.Call():
                return self._call(module, node, depth)
            case ast.BinOp(left=left, op=ast.BitOr() | ast.BitAnd() | ast.Sub() | ast.BitXor(), right=right):
                keys = isinstance(left, ast.Call) and last_name(left.func) in _KEYS and not left.args
                return keys or self.is_set(module, left, depth) or self._right(module, node, right, depth)
            case ast.IfExp(body=body, orelse=other):
                return self.is_set(module, body, depth) or self.is_set(module, other, depth)
            case ast.BoolOp(values=values):
                return any(self.is_set(module, value, depth) for value in values)
            case ast.NamedExpr(value=value):
                return self.is_set(module, value, depth)
            case ast.Name():
                return any(self._bound(module, node, binding, depth) for binding in module.bound(node))
            case ast.Attribute(attr=name, value=ast.Name()):
                given = [value for value in module.stores.get(name, ()) if constant(value) is not None]
                return bool(given) and all(self.is_set(module, value, depth) for value in given)
            case ast.Subscript(value=base):
                return self._of_sets(module, base, depth)
        return False

    def _right(self, module: SourceModule, node: ast.BinOp, right: ast.expr, depth: int) -> bool:
        """`names | {"a"}`: of the right side only where a number or an array cannot stand on the left."""
        return isinstance(node.op, ast.BitOr | ast.BitAnd) and self.is_set(module, right, depth)

    def _call(self, module: SourceModule, node: ast.Call, depth: int) -> bool:
        dotted = module.dotted(node.func)
        if dotted in {"set", "frozenset"}:
            if not node.args:
                return True  # filled later
            return not _numbers(node.args[0])
        if isinstance(node.func, ast.Attribute):
            base = node.func.value
            name = node.func.attr
            if name in _JOINS and dotted.startswith(("set.", "set().", "frozenset().", "frozenset.")):
                return True
            if name in {*_JOINS, "copy"} and self.is_set(module, base, depth):
                return True
            if name in {"get", "setdefault", "pop"} and self._of_sets(module, base, depth):
                return True
            if name == "setdefault" and len(node.args) == 2 and self.is_set(module, node.args[1], depth):
                return True
        if dotted in {"functools.reduce", "reduce"} and node.args:
            first = module.dotted(node.args[0])
            return first.startswith(("set.", "frozenset.")) or (
                first.startswith("operator.")
                and any(self.is_set(module, item, depth) for item in node.args[1:])
            )
        function = self.program.function(module, node.func)
        if function is None:
            return False
        returned = function.module.returns.get(function.node, ())
        return _annotated(function.node.returns) or any(
            self.is_set(function.module, value, depth) for value in returned
        )

    def _bound(self, module: SourceModule, node: ast.Name, binding: Binding, depth: int) -> bool:
        if _annotated(binding.annotation):
            return True
        if binding.each:
            return self._of_sets_iterated(module, binding.value, depth)
        if binding.value is not None and self.is_set(module, binding.value, depth):
            return True
        given = self.program.given(module, node) if binding.parameter >= 0 else []
        return any(self.is_set(item.module, item.node, depth) for item in given)

    def _of_sets(self, module: SourceModule, base: ast.AST | None, depth: int) -> bool:
        """Whether an expression is a dictionary or list of sets: `defaultdict(set)`."""
        if depth > _MAX_DEPTH:
            return False
        match base:
            case ast.Name():
                return any(
                    self._of_sets(module, binding.value, depth + 1)
                    for binding in module.bound(base)
                    if binding.value is not None and not binding.each
                )
            case ast.Attribute(attr=name, value=ast.Name(id="self")):
                return any(self._of_sets(module, value, depth + 1) for value in module.stores.get(name, ()))
            case ast.Call(func=func, args=[first, *_]) if last_name(func) == "defaultdict":
                return module.dotted(first) in {"set", "frozenset"} or (
                    isinstance(first, ast.Lambda) and self.is_set(module, first.body, depth + 1)
                )
            case ast.DictComp(value=value) | ast.ListComp(elt=value):
                return self.is_set(module, value, depth + 1)
            case ast.Dict(values=values) | ast.List(elts=values) | ast.Tuple(elts=values):
                return bool(values) and all(self.is_set(module, value, depth + 1) for value in values[:20])
        return False

    def _of_sets_iterated(self, module: SourceModule, node: ast.AST | None, depth: int) -> bool:
        match node:
            case ast.Call(func=ast.Attribute(attr="values" | "items", value=base)):
                return self._of_sets(module, base, depth)
        return self._of_sets(module, node, depth)


def _annotated(node: ast.AST | None) -> bool:
    match node:
        case ast.Subscript(value=base):
            return last_name(base) in _SET_NAMES
        case ast.Name() | ast.Attribute():
            return last_name(node) in _SET_NAMES
        case ast.Constant(value=str(text)):
            return text.partition("[")[0].rpartition(".")[2] in _SET_NAMES
    return False


def _number(node: ast.AST) -> bool:
    """Whether an expression is visibly a number, whose hash is the same everywhere."""
    match node:
        case ast.Constant(value=value):
            return isinstance(value, int | float | complex)
        case ast.UnaryOp(operand=operand):
            return _number(operand)
        case ast.Call(func=ast.Name(id=name)):
            return name in _NUMBERS
        case ast.BinOp(op=ast.Mod() | ast.FloorDiv(), right=right):
            return _number(right) and not isinstance(node.left, ast.Constant | ast.JoinedStr)
        case ast.Tuple(elts=elements):
            return all(_number(element) for element in elements)
    return False


def _numbers(node: ast.AST) -> bool:
    """Whether an expression visibly yields numbers."""
    match node:
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return all(_number(element) for element in elements)
        case ast.GeneratorExp(elt=element) | ast.ListComp(elt=element):
            return _number(element)
        case ast.Call(func=ast.Name(id="range")):
            return True
        case ast.Call(func=ast.Name(id="map"), args=[ast.Name(id=name), *_]):
            return name in _NUMBERS
    return False
