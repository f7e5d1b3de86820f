# SPDX-License-Identifier: Apache-2.0
"""What becomes of a value: only shown to people, only used as a path, or more."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from repro_action.pyanalysis.module import SourceModule
from repro_action.pyanalysis.program import SourceProgram
from repro_action.pyanalysis.syntax import last_name

_MAX_DEPTH = 25
_MAX_LOADS = 100
_BUDGET = 50_000
_SHOWS = {
    *("print", "pprint", "debug", "info", "warning", "error", "exception", "critical", "log", "secho"),
    *("echo", "set_description", "set_postfix", "set_postfix_str", "rule"),
}
_SHAPES = {
    *("str", "round", "float", "int", "format", "strftime", "isoformat", "total_seconds", "repr"),
    *("timedelta", "ctime", "join", "abs", "max", "min", "replace", "sum", "len", "mean", "median", "std"),
    *("sorted", "list", "tuple", "divmod", "hex", "upper", "lower", "split", "strip", "timestamp", "date"),
    *("time", "zfill", "ljust", "rjust", "timetuple", "decode", "encode", "as_posix"),
}
_PARTS = {
    *("hex", "int", "year", "month", "day", "hour", "minute", "second", "microsecond", "days", "seconds"),
    *("tm_year", "tm_mon", "tm_mday", "tm_hour", "tm_min", "tm_sec", "name", "stem", "T"),
}
_WRITES = {"sys.stdout.write", "sys.stderr.write", "tqdm.tqdm.write", "tqdm.write", "tqdm.auto.tqdm.write"}
_PATHS = {
    *("Path", "PurePath", "str", "fspath", "dirname", "abspath", "realpath", "join", "joinpath", "resolve"),
    *("absolute", "expanduser", "normpath", "with_name", "with_suffix", "parent", "parents", "relpath"),
    *("relative_to", "with_stem"),
}
_NAMES = {"name", "stem", "suffix", "basename"}
_OPENS = {
    *("open", "read_text", "read_bytes", "write_text", "write_bytes", "mkdir", "makedirs", "exists"),
    *("iterdir", "is_file", "is_dir", "isfile", "isdir", "glob", "rglob", "listdir", "scandir", "walk"),
    *("chdir", "unlink", "remove", "rmtree", "read_csv", "read_parquet", "read_json", "read_table", "load"),
    *("loads", "loadtxt", "genfromtxt", "to_csv", "to_parquet", "to_json", "save", "savez", "savetxt"),
    *("savefig", "copy", "copyfile", "ZipFile", "stat", "touch", "addsitedir", "run", "check_call"),
    *("open_file", "read_pickle", "read_excel", "read_feather", "to_pickle", "savez_compressed", "samefile"),
    "rename",
}


def _to_people(module: SourceModule, call: ast.Call) -> bool:
    """Whether what is printed goes to a terminal or a log, and into no file of the project."""
    files = [item.value for item in call.keywords if item.arg == "file"]
    return all(module.dotted(file) in {"sys.stdout", "sys.stderr"} for file in files)


def _collects(module: SourceModule, load: ast.AST) -> bool:
    """Whether a name is loaded for nothing but to append to the list that it stands for."""
    above = module.parent(load)
    call = module.parent(above) if isinstance(above, ast.Attribute) and above.attr == "append" else None
    return isinstance(call, ast.Call) and isinstance(module.parent(call), ast.Expr)


_FORMS = (
    *(ast.BinOp, ast.JoinedStr, ast.FormattedValue, ast.Tuple, ast.List, ast.Dict),
    *(ast.keyword, ast.UnaryOp, ast.Starred),
)
"""What a value is a part of without being used up."""


@dataclass(slots=True, eq=False)
class ValueUses:
    """Follows a value through the names that it is given to."""

    program: SourceProgram
    left: int = _BUDGET

    def only_shown(self, module: SourceModule, node: ast.AST, depth: int = 0) -> bool:
        """Whether a reading of the clock is only printed, logged or thrown away, also as a difference."""
        above = module.parent(node)
        self.left -= 1
        if above is None or depth > _MAX_DEPTH or self.left < 0:
            return False
        deeper = depth + 1
        match above:
            case ast.Expr():
                return True
            case ast.Call():
                return self._passed_to_people(module, above, deeper)
            case ast.Attribute(attr=name):
                call = module.parent(above)
                if isinstance(call, ast.Call) and call.func is above:
                    return name in _SHAPES and self.only_shown(module, call, deeper)
                return name in _PARTS and self.only_shown(module, above, deeper)
            case ast.Subscript(value=base) if base is node:
                return isinstance(above.ctx, ast.Load) and self.only_shown(module, above, deeper)
            case (
                ast.Assign(targets=[ast.Name(id=name)])
                | ast.AnnAssign(target=ast.Name(id=name))
                | ast.AugAssign(target=ast.Name(id=name))
            ):
                scope = module.scopes.get(above, module.tree)
                return self._all_only_shown(module, scope, name, deeper)
            case ast.Assign(targets=[ast.Tuple(elts=names)]):
                scope = module.scopes.get(above, module.tree)
                return all(
                    isinstance(each, ast.Name) and self._all_only_shown(module, scope, each.id, deeper)
                    for each in names
                )
            case ast.Return():
                return self._returned_to_people(module, above, deeper)
            case ast.Assign(targets=[ast.Attribute(attr=name)]):
                loads = module.reads.get(name, [])
                return 0 < len(loads) <= _MAX_LOADS and all(
                    self.only_shown(module, load, deeper) for load in loads
                )
        return isinstance(above, _FORMS) and self.only_shown(module, above, deeper)

    def _passed_to_people(self, module: SourceModule, call: ast.Call, depth: int) -> bool:
        """Whether a call shows its argument, gives back a form of it that is only shown, or collects it."""
        name = last_name(call.func)
        if name in _SHOWS or module.dotted(call.func) in _WRITES:
            return _to_people(module, call)
        match call.func:
            case ast.Attribute(value=ast.Name(id=collected), attr="append"):
                scope = module.scopes.get(call, module.tree)
                return self._all_only_shown(module, scope, collected, depth)
        return name in _SHAPES and self.only_shown(module, call, depth)

    def _returned_to_people(self, module: SourceModule, node: ast.Return, depth: int) -> bool:
        """Whether every call of the function around only shows what it returns."""
        function = module.scopes.get(node)
        if not isinstance(function, ast.FunctionDef) or function.decorator_list:
            return False
        calls = self.program.callers.get(function, [])
        mentions = sum(
            sum(1 for name in each.each(ast.Name) if name.id == function.name)
            + len(each.reads.get(function.name, []))
            for each in self.program.modules.values()
        )
        # A mention that is no call may hand the function on.
        return 0 < mentions == len(calls) and all(
            self.only_shown(caller, call, depth) for caller, call in calls
        )

    def _all_only_shown(self, module: SourceModule, scope: ast.AST, name: str, depth: int) -> bool:
        if scope is module.tree and name in self.program.imported:
            return False
        loads = [load for load in module.loads.get((scope, name), []) if not _collects(module, load)]
        return len(loads) <= _MAX_LOADS and all(self.only_shown(module, load, depth) for load in loads)

    def only_opened(self, module: SourceModule, node: ast.AST, depth: int = 0) -> bool | None:
        """Whether a path is only opened or joined, so that its text reaches no result; None where unknown."""
        above = module.parent(node)
        self.left -= 1
        if above is None or depth > _MAX_DEPTH or self.left < 0:
            return None
        deeper = depth + 1
        match above:
            case ast.Expr() | ast.Compare():
                return True
            case ast.Call(func=func, args=arguments):
                name = last_name(func)
                if name in _PATHS and name != "relpath":
                    return self.only_opened(module, above, deeper)
                if name == "basename" or name in _SHOWS:
                    return True
                if name in _OPENS or module.dotted(func) in {"sys.path.insert", "sys.path.append"}:
                    return node in arguments
                return None
            case ast.keyword():
                call = module.parent(above)
                return (
                    True if isinstance(call, ast.Call) and last_name(call.func) in {*_OPENS, "run"} else None
                )
            case ast.Attribute(attr=name):
                if name in _NAMES or name in _OPENS:
                    return True
                call = module.parent(above)
                if name in _PATHS:
                    nearest = call if isinstance(call, ast.Call) and call.func is above else above
                    return self.only_opened(module, nearest, deeper)
                return None
            case ast.Subscript(value=base) if base is node:
                return self.only_opened(module, above, deeper)
            case ast.BinOp(op=ast.Div() | ast.Add()):
                return self.only_opened(module, above, deeper)
            case ast.withitem():
                return True
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                return self._all_only_opened(module, module.scopes.get(above, module.tree), name, deeper)
            case ast.JoinedStr() | ast.FormattedValue():
                return (
                    None if not isinstance(above, ast.FormattedValue) else self._text(module, above, deeper)
                )
            case ast.Dict() | ast.Return() | ast.List():
                return False
        return None

    def _text(self, module: SourceModule, node: ast.AST, depth: int) -> bool | None:
        """A path inside an f-string: harmless where that is opened again, or shown."""
        joined = module.parent(node)
        if joined is None:
            return None
        return True if self.only_shown(module, joined) else self.only_opened(module, joined, depth)

    def _all_only_opened(self, module: SourceModule, scope: ast.AST, name: str, depth: int) -> bool | None:
        loads = module.loads.get((scope, name), [])
        if len(loads) > _MAX_LOADS:
            return None
        found = {self.only_opened(module, load, depth) for load in loads}
        if False in found:
            return False
        if scope is module.tree and name in self.program.imported:
            return None
        return None if None in found else True
