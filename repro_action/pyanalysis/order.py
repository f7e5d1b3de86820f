# SPDX-License-Identifier: Apache-2.0
"""Whether an arbitrary order of elements can reach a result, or is taken away by `sorted`, `len`, `in`.

What is not known to take the order away lets it through.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from repro_action.pyanalysis.module import SourceModule
from repro_action.pyanalysis.program import SourceProgram
from repro_action.pyanalysis.sets import SetTypes
from repro_action.pyanalysis.syntax import argument, constant, last_name

_BUDGET = 50_000
_MAX_DEPTH = 40
_TAKES = {
    *("sorted", "len", "set", "frozenset", "any", "all", "max", "fsum", "bool", "isinstance", "type"),
    *("print", "pprint", "natsorted", "unique", "isin", "issubset", "issuperset", "isdisjoint", "union"),
    *("intersection", "difference", "symmetric_difference", "difference_update", "intersection_update"),
    *("sort_values", "sort_index", "remove", "unlink", "rmtree", "mkdir", "makedirs", "assertCountEqual"),
    *("debug", "info", "warning", "error", "exception", "critical", "discard", "isfile", "isdir", "exists"),
}
_PASSES = {
    *("list", "tuple", "iter", "map", "filter", "fromkeys", "reversed", "chain", "from_iterable", "array"),
    *("asarray", "concat", "concatenate", "vstack", "hstack", "stack", "Series", "DataFrame", "Index"),
    *("tqdm", "track", "starmap", "compress", "filterfalse", "deque", "dict", "Counter", "rename"),
    *("reset_index", "drop_duplicates", "copy", "astype", "split", "splitlines", "fspath", "cast"),
}
_SORTS = {"sort", "sort_values", "sort_index"}
_COLLECTS = {"append", "appendleft", "extend", "insert", "add", "update", "setdefault"}
_EFFECTS = {
    *("print", "debug", "info", "warning", "error", "exception", "remove", "unlink", "rmtree", "mkdir"),
    *("makedirs", "copy", "copy2", "copyfile", "rename", "replace", "move", "close", "discard"),
    "set_description",
}


@dataclass(slots=True, eq=False)
class OrderTracker:
    """Follows what holds elements in an arbitrary order to where it is used.

    Attributes:
        program: the project's source.
        sets: knows which expressions are sets.
        left: steps that may still be taken.
        seen: names that were followed already.
    """

    program: SourceProgram
    sets: SetTypes
    left: int = _BUDGET
    seen: set[tuple[ast.AST, str]] = field(default_factory=set)

    def matters(self, module: SourceModule, node: ast.AST) -> bool:
        """Whether the order of an expression's elements can reach a result.

        Args:
            module: where it stands.
            node: the expression.
        """
        self.seen = set()
        return self._matters(module, node, False, 0)

    def _matters(self, module: SourceModule, node: ast.AST, keyed: bool, depth: int) -> bool:
        self.left -= 1
        above = module.parent(node)
        if above is None or depth > _MAX_DEPTH or self.left < 0:
            return True
        deeper = depth + 1
        match above:
            case ast.Call():
                return self._given(module, above, node, keyed, deeper)
            case ast.keyword():
                call = module.parent(above)
                return not (isinstance(call, ast.Call) and last_name(call.func) in _TAKES)
            case ast.Attribute(attr=name):
                return self._method(module, above, name, keyed, deeper)
            case ast.Subscript(value=base, ctx=context):
                return isinstance(context, ast.Load) and (base is not node or not keyed)
            case ast.Compare(ops=operators):
                return any(isinstance(item, ast.Lt | ast.Gt | ast.LtE | ast.GtE) for item in operators)
            case (
                ast.UnaryOp(op=ast.Not())
                | ast.Expr()
                | ast.Assert()
                | ast.Delete()
                | ast.SetComp()
                | ast.Set()
            ):
                return False
            case ast.If() | ast.While():
                return False
            case ast.IfExp(test=test) if test is node:
                return False
            case ast.comprehension(iter=source) if source is node:
                return self._comprehension(module, above, deeper)
            case ast.comprehension():
                return False
            case ast.For() | ast.AsyncFor():
                return self._body(module, [*above.body, *above.orelse], above, deeper)
            case ast.Assign(targets=targets):
                return any(self._target(module, above, target, keyed, deeper) for target in targets)
            case ast.AnnAssign(target=target) | ast.NamedExpr(target=target):
                return self._target(module, above, target, keyed, deeper)
            case ast.Return():
                return self._returned(module, above, keyed, deeper)
            case ast.BoolOp() | ast.IfExp() | ast.BinOp() | ast.List() | ast.Tuple() | ast.Starred():
                return self._matters(module, above, keyed, deeper)
        return True

    def _given(self, module: SourceModule, call: ast.Call, node: ast.AST, keyed: bool, depth: int) -> bool:
        name = last_name(call.func)
        if name in {"max", "min"} and (key := argument(call, -1, "key")) is not None:
            # The first of equal ones wins; a tuple mostly ends with what breaks ties.
            return not (isinstance(key, ast.Lambda) and isinstance(key.body, ast.Tuple))
        if name in _TAKES:
            return False
        if name in {"dump", "dumps"} and keyed and constant(argument(call, -1, "sort_keys")) is True:
            return False
        if name == "sum" and call.args[:1] == [node]:
            return not is_whole(node)
        if name in _PASSES:
            return self._matters(module, call, keyed or name in {"dict", "fromkeys", "Counter"}, depth)
        if name in {"extend", "update"} and isinstance(call.func, ast.Attribute):
            return self._collected(module, call.func.value, depth)
        function = self.program.function(module, call.func)
        if function is not None and isinstance(node, ast.expr) and node in call.args:
            index, names = call.args.index(node), function.parameters
            if index < len(names):
                return self._name(function.module, function.node, names[index], keyed, depth)
        return True

    def _method(self, module: SourceModule, node: ast.Attribute, name: str, keyed: bool, depth: int) -> bool:
        call = module.parent(node)
        if name in _SORTS or name in {"size", "shape", "empty", "issubset", "isdisjoint", "nunique"}:
            return False
        if not isinstance(call, ast.Call) or call.func is not node:
            return True
        if name in _TAKES or (keyed and name in {"get", "pop", "setdefault"}):
            return False
        if name in _COLLECTS or name in {"remove", "clear", "count"}:
            return False
        if name in {*_PASSES, "items", "keys", "values", "most_common"}:
            return self._matters(module, call, keyed and name == "copy", depth)
        return True

    def _comprehension(self, module: SourceModule, node: ast.comprehension, depth: int) -> bool:
        owner = module.parent(node)
        match owner:
            case ast.SetComp() | None:
                return False
            case ast.GeneratorExp(elt=element):
                call = module.parent(owner)
                if isinstance(call, ast.Call) and last_name(call.func) == "sum" and is_whole(element):
                    return False
        return self._matters(module, owner, isinstance(owner, ast.DictComp), depth)

    def _target(self, module: SourceModule, node: ast.AST, target: ast.expr, keyed: bool, depth: int) -> bool:
        match target:
            case ast.Name(id=name):
                scope = module.scopes.get(target, module.tree)
                after = (getattr(node, "end_lineno", 0), getattr(node, "end_col_offset", 0))
                return self._name(module, scope, name, keyed, depth, after=after)
            case ast.Attribute(attr=name):
                return self._attribute(module, name, keyed, depth)
            case ast.Subscript(value=base, slice=ast.Slice()):
                return self._collected(module, base, depth)
        return True

    def _name(
        self,
        module: SourceModule,
        scope: ast.AST,
        name: str,
        keyed: bool,
        depth: int,
        *,
        after: tuple[int, int] = (0, 0),
    ) -> bool:
        if (scope, name) in self.seen:
            return False
        self.seen.add((scope, name))
        loads = module.loads.get((scope, name), [])
        later = [load for load in loads if module.scopes.get(load) is not scope or _start(load) >= after]
        if any(_sorts(module, load) for load in later):
            return False
        if scope is module.tree and name in self.program.imported:
            return True
        return any(self._matters(module, load, keyed, depth) for load in later)

    def _attribute(self, module: SourceModule, name: str, keyed: bool, depth: int) -> bool:
        if (module.tree, f".{name}") in self.seen:
            return False
        self.seen.add((module.tree, f".{name}"))
        loads = module.reads.get(name, [])
        if any(_sorts(module, load) for load in loads):
            return False
        return not loads or any(self._matters(module, load, keyed, depth) for load in loads)

    def _returned(self, module: SourceModule, node: ast.Return, keyed: bool, depth: int) -> bool:
        function = module.scopes.get(node)
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            return True
        callers = self.program.callers.get(function, ())
        if (function, "") in self.seen:
            return False
        self.seen.add((function, ""))
        return not callers or any(self._matters(other, call, keyed, depth) for other, call in callers)

    def _collected(self, module: SourceModule, base: ast.AST, depth: int, *, keyed: bool = False) -> bool:
        """Whether the order matters in which something was put into `base`."""
        if self.sets.is_set(module, base):
            return False
        match base:
            case ast.Name(id=name):
                home = module.home(base)
                return home is None or self._name(module, home, name, keyed, depth)
            case ast.Attribute(attr=name):
                return self._attribute(module, name, keyed, depth)
        return True

    def _body(self, module: SourceModule, nodes: list[ast.stmt], loop: ast.AST, depth: int) -> bool:
        """Whether the order matters in which the body of a loop is run."""
        return depth > _MAX_DEPTH or any(self._step(module, node, loop, depth + 1) for node in nodes)

    def _step(self, module: SourceModule, node: ast.stmt, loop: ast.AST, depth: int) -> bool:
        self.left -= 1
        match node:
            case ast.Expr(value=ast.Call() as call):
                return self._act(module, call, depth)
            case ast.Assign(targets=targets):
                return any(self._put(module, target, loop, depth) for target in targets)
            case ast.AnnAssign(target=target):
                return self._put(module, target, loop, depth)
            case ast.AugAssign(target=target, value=value):
                return not is_whole(value) and not self.sets.is_set(module, value)
            case ast.If() | ast.While() | ast.For():
                return self._body(module, [*node.body, *node.orelse], loop, depth)
            case ast.With():
                return self._body(module, node.body, loop, depth)
            case ast.Try():
                caught = [item for handler in node.handlers for item in handler.body]
                return self._body(module, [*node.body, *caught, *node.orelse, *node.finalbody], loop, depth)
            case ast.Return(value=value):
                return value is not None and not isinstance(value, ast.Constant)
            case ast.Continue() | ast.Pass() | ast.Assert() | ast.Raise() | ast.Delete():
                return False
            case ast.Expr(value=ast.Constant()):
                return False
        return True

    def _act(self, module: SourceModule, call: ast.Call, depth: int) -> bool:
        name = last_name(call.func)
        if isinstance(call.func, ast.Attribute) and name in _COLLECTS:
            base = call.func.value
            return self._collected(module, base, depth, keyed=name in {"update", "setdefault"})
        return name not in _EFFECTS

    def _put(self, module: SourceModule, target: ast.expr, loop: ast.AST, depth: int) -> bool:
        match target:
            case ast.Name(id=name):
                end = getattr(loop, "end_lineno", 0)
                loads = module.loads.get((module.scopes.get(target, module.tree), name), [])
                return any(load.lineno > end for load in loads) and not self.sets.is_set(module, loads[-1])
            case ast.Subscript(value=base):
                return self._filled(module, base, depth)
            case ast.Tuple(elts=parts):
                return any(self._put(module, part, loop, depth) for part in parts)
        return True

    def _filled(self, module: SourceModule, base: ast.expr, depth: int) -> bool:
        """`found[key] = …`: arrays and lists have a place for it; dictionaries remember the order."""
        if isinstance(base, ast.Name):
            values = [binding.value for binding in module.bound(base) if binding.value is not None]
            if values and all(_places(value) for value in values):
                return False
        return self._collected(module, base, depth, keyed=True)


def _places(node: ast.expr) -> bool:
    """Whether an expression makes something with numbered places: `[None] * n`, `np.zeros(n)`."""
    match node:
        case ast.BinOp(left=ast.List(), op=ast.Mult()) | ast.BinOp(right=ast.List(), op=ast.Mult()):
            return True
        case ast.Call(func=func):
            return last_name(func) in {"zeros", "empty", "ones", "full", "zeros_like", "empty_like"}
        case ast.ListComp():
            return True
    return False


def is_whole(node: ast.AST) -> bool:
    """Whether an expression is visibly a whole number, which adds up the same in any order."""
    match node:
        case ast.Constant(value=value):
            return isinstance(value, int)
        case ast.Call(func=func):
            return last_name(func) in {"len", "int", "count"}
        case ast.Compare():
            return True
        case ast.GeneratorExp(elt=element) | ast.ListComp(elt=element):
            return is_whole(element)
        case ast.Attribute(attr=name):
            return name == "st_size"
    return False


def _sorts(module: SourceModule, load: ast.AST) -> bool:
    """Whether this is the `x` of `x.sort()`."""
    above = module.parent(load)
    return isinstance(above, ast.Attribute) and above.attr == "sort" and bool(module.parent(above))


def _start(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset
