# SPDX-License-Identifier: Apache-2.0
"""Which texts a path expression can stand for, as far as the source alone tells.

A part that cannot be told is `UNKNOWN`, so `f"out/{name}.csv"` still says that it is in `out`.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice

from repro_action.init.listings import Listing, listed, literal
from repro_action.init.program import Program
from repro_action.init.source import Bound, Scope

UNKNOWN = "\0"

_MAX_VALUES = 8
_MAX_DEPTH = 24
_MAX_BOUND = 32
_MAX_LENGTH = 1024
_SAME = {
    *("Path", "PurePath", "PosixPath", "PurePosixPath", "str", "fspath"),
    *("realpath", "abspath", "expanduser", "normpath", "resolve", "absolute", "as_posix"),
}
_COPIES = {"sorted", "list", "tuple", "set", "reversed"}
_ONE_OF = {"next", "min", "max"}
_OPTION = {"Option", "Argument", "field", "Field"}

Values = tuple[str, ...]


@dataclass(slots=True)
class Evaluator:
    """Evaluates expressions of one program.

    Attributes:
        program: where names are looked up.
        arguments: command-line arguments that are known, by attribute name.
        depth: how many evaluations wait for the present one.
        done: what expressions stand for.
        elements: what sequences hold, by the names that stand for them.
        entries: the same for the entries of folders that they list.
    """

    program: Program
    arguments: dict[str, str] = field(default_factory=dict)
    depth: int = 0
    done: dict[tuple[ast.expr, Scope], Values] = field(default_factory=dict)
    elements: dict[tuple[ast.expr, Scope], list[ast.expr]] = field(default_factory=dict)
    entries: dict[tuple[ast.expr, Scope], Values] = field(default_factory=dict)

    def values(self, node: ast.expr, scope: Scope) -> Values:
        """Return the texts that `node` may stand for; `(UNKNOWN,)` where nothing is known."""
        known = self.done.get((node, scope))
        if known is not None or self.depth > _MAX_DEPTH:
            return known if known is not None else (UNKNOWN,)
        self.done[node, scope] = (UNKNOWN,)  # what a name stands for while it is being found out
        self.depth += 1
        try:
            held = self.done[node, scope] = _bounded(self._values(node, scope))
        finally:
            self.depth -= 1
        return held

    def _values(self, node: ast.expr, scope: Scope) -> Iterable[str]:
        match node:
            case ast.Constant(value=str(text)):
                return (text,)
            case ast.Constant(value=int(number)) if not isinstance(number, bool):
                return (str(number),)
            case ast.Constant(value=None):
                return ()
            case ast.Name(id=name):
                return self._name(name, scope)
            case ast.Attribute(value=base, attr=name):
                return self._attribute(base, name, scope)
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return self._product(posixpath.join, left, right, scope)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._product(lambda one, other: one + other, left, right, scope)
            case ast.BinOp(left=left, op=ast.Mod()):
                return (
                    re.sub(r"%[-+ #0]*[\d.]*[a-zA-Z]", UNKNOWN, held) for held in self.values(left, scope)
                )
            case ast.JoinedStr(values=parts):
                return self._joined(parts, scope)
            case ast.FormattedValue(value=value):
                return self.values(value, scope)
            case ast.IfExp(body=body, orelse=other):
                return (*self.values(body, scope), *self.values(other, scope))
            case ast.BoolOp(values=parts):
                return (held for part in parts for held in self.values(part, scope))
            case ast.NamedExpr(value=value):
                return self.values(value, scope)
            case ast.Subscript(value=base, slice=ast.Constant(value=key)):
                return self._item(base, key, scope)
            case ast.Call():
                return self._call(node, scope)
        return (UNKNOWN,)

    def _name(self, name: str, scope: Scope) -> Iterable[str]:
        if name == "__file__":
            return (scope.module,)
        held = self.program.lookup(scope, name)
        target, original = self.program.names.get((scope.module, name), ("", ""))
        if not held and original and target in self.program.sources:
            held = self.program.lookup(self.program.sources[target].scopes[0], original)
        return self._bound(held)

    def _bound(self, held: Iterable[Bound]) -> Values:
        found: list[str] = []
        known = False
        for bound in islice(held, _MAX_BOUND):
            known = True
            if bound.each:
                elements = self._elements(bound.node, bound.scope)
                each = [text for element in elements for text in self.values(element, bound.scope)]
                found += each or self._entries(bound.node, bound.scope)
            else:
                found += self.values(bound.node, bound.scope)
        return tuple(found) if known else (UNKNOWN,)

    def _elements(self, node: ast.expr, scope: Scope) -> list[ast.expr]:
        match node:
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                return elements
            case ast.Dict(keys=keys):
                return [key for key in keys if key is not None]
            case ast.Name() if (node, scope) in self.elements:
                return self.elements[node, scope]
            case ast.Name(id=name) if self.depth <= _MAX_DEPTH:
                self.elements[node, scope] = []  # which is all that a circle of names holds
                self.depth += 1
                found = [
                    element
                    for bound in islice(self.program.lookup(scope, name), _MAX_BOUND)
                    if not bound.each
                    for element in self._elements(bound.node, bound.scope)
                ]
                self.depth -= 1
                self.elements[node, scope] = found
                return found
        return []

    def _entries(self, node: ast.expr, scope: Scope) -> Values:
        """Return the entries of a folder that an expression lists, as their folder and an unknown name."""
        known = self.entries.get((node, scope))
        if known is not None or self.depth > _MAX_DEPTH:
            return known or ()
        self.entries[node, scope] = ()  # which is all that a circle of names holds
        self.depth += 1
        held = self.entries[node, scope] = _bounded(self._listing(node, scope))
        self.depth -= 1
        return held

    def _listing(self, node: ast.expr, scope: Scope) -> Iterable[str]:
        match node:
            case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in _COPIES:
                return self._entries(first, scope)
            case ast.Call() if listed(node, self.program.sources[scope.module]):
                return (posixpath.join(folder, UNKNOWN) for folder in self.values(node, scope))
            case ast.Name(id=name):
                held = islice(self.program.lookup(scope, name), _MAX_BOUND)
                plain = [bound for bound in held if not bound.each]
                return [text for bound in plain for text in self._entries(bound.node, bound.scope)]
        return ()

    def _folders(self, listing: Listing, scope: Scope) -> Iterable[str]:
        """Return the folders that a call lists."""
        patterns = [] if listing.pattern is None else self.values(listing.pattern, scope)
        if listing.folder is None:
            return [_started(pattern) for pattern in patterns] or (UNKNOWN,)
        # A folder that is known tells enough, whatever is looked for in it.
        inner = [literal(pattern.replace(UNKNOWN, "*")) for pattern in patterns] or ["."]
        return [posixpath.join(base, part) for base in self.values(listing.folder, scope) for part in inner]

    def _attribute(self, base: ast.expr, name: str, scope: Scope) -> Iterable[str]:
        if isinstance(base, ast.Name):
            target, original = self.program.names.get((scope.module, base.id), ("", ""))
            if target in self.program.sources and not original:
                return self._bound(self.program.lookup(self.program.sources[target].scopes[0], name))
        if name in self.arguments:
            return (self.arguments[name],)
        held = [
            bound for source in self.program.sources.values() for bound in source.attributes.get(name, ())
        ]
        if held:
            return self._bound(held)
        match name:
            case "parent":
                return (_parent(held) for held in self.values(base, scope))
            case "name":
                return (posixpath.basename(held) for held in self.values(base, scope))
            case "stem":
                return (posixpath.splitext(posixpath.basename(held))[0] for held in self.values(base, scope))
        return (UNKNOWN,)

    def _product(
        self, join: Callable[[str, str], str], left: ast.expr, right: ast.expr, scope: Scope
    ) -> Iterable[str]:
        others = self.values(right, scope) or (UNKNOWN,)
        return (join(one, other) for one in self.values(left, scope) for other in others)

    def _joined(self, parts: Iterable[ast.expr], scope: Scope) -> Iterable[str]:
        texts: Values = ("",)
        for part in parts:
            added = self.values(part, scope) or (UNKNOWN,)
            texts = _bounded(text + more for text in texts for more in added)
        return texts

    def _item(self, base: ast.expr, key: object, scope: Scope) -> Iterable[str]:
        """Look a constant key up in the dictionaries that a name or attribute stands for."""
        match base:
            case ast.Name(id=name):
                held = self.program.lookup(scope, name)
            case ast.Attribute(attr=name):
                held = [
                    bound
                    for source in self.program.sources.values()
                    for bound in source.attributes.get(name, ())
                ]
            case _:
                held = []
        found: list[str] = []
        for bound in held:
            if isinstance(bound.node, ast.Dict):
                for name_node, value in zip(bound.node.keys, bound.node.values, strict=True):
                    if isinstance(name_node, ast.Constant) and name_node.value == key:
                        found += self.values(value, bound.scope)
        return found or self._entries(base, scope) or (UNKNOWN,)

    def _call(self, node: ast.Call, scope: Scope) -> Iterable[str]:
        match node.func:
            case ast.Name(id=name):
                base: ast.expr | None = None
            case ast.Attribute(value=base, attr=name):
                pass
            case _:
                return (UNKNOWN,)
        listing = listed(node, self.program.sources[scope.module])
        if listing is not None:  # a listing stands for its folder
            return self._folders(listing, scope)
        if base is None and node.args and name in _COPIES | _ONE_OF:
            entries = name in _ONE_OF and self._entries(node.args[0], scope)
            return entries or self.values(node.args[0], scope)
        if name in _SAME or (name == "join" and not isinstance(base, ast.Constant)):
            own = [] if base is None or _is_module(base) else [base]
            return self._chain([*own, *node.args], scope)
        if base is not None and name == "joinpath":
            return self._chain([base, *node.args], scope)
        if name == "open":  # a file object stands for its path
            own = [base] if base is not None and not _is_module(base) else node.args[:1]
            return self._chain(own, scope)
        if name in {"get", "getenv"} and len(node.args) == 2:
            return self.values(node.args[1], scope)
        if name in _OPTION:
            given = [*node.args[:1], *(item.value for item in node.keywords if item.arg == "default")]
            return (held for item in given for held in self.values(item, scope))
        if name == "dirname" and node.args:
            return (_parent(held) for held in self.values(node.args[0], scope))
        if name in {"cwd", "getcwd"}:
            return (".",)
        if base is not None and name in {"with_suffix", "with_name", "with_stem", "format"}:
            return self._changed(name, base, node.args, scope)
        called = self.program.function(scope.module, node.func)
        if called is not None and called.scope.returns:
            return (held for item in called.scope.returns for held in self.values(item, called.scope))
        return (UNKNOWN,)

    def _chain(self, nodes: list[ast.expr], scope: Scope) -> Iterable[str]:
        texts: Values = (".",) if not nodes else self.values(nodes[0], scope)
        for node in nodes[1:]:
            parts = (UNKNOWN,) if isinstance(node, ast.Starred) else self.values(node, scope) or (UNKNOWN,)
            texts = _bounded(posixpath.join(text, part) for text in texts for part in parts)
        return texts

    def _changed(self, name: str, base: ast.expr, given: list[ast.expr], scope: Scope) -> Iterable[str]:
        olds = self.values(base, scope)
        if name == "format":
            return (re.sub(r"\{[^{}]*\}", UNKNOWN, old) for old in olds)
        news = self.values(given[0], scope) if given else (UNKNOWN,)
        changes: dict[str, Callable[[str, str], str]] = {
            "with_suffix": lambda old, new: posixpath.splitext(old)[0] + new,
            "with_name": lambda old, new: posixpath.join(posixpath.dirname(old), new),
            "with_stem": lambda old, new: posixpath.join(
                posixpath.dirname(old), new + posixpath.splitext(old)[1]
            ),
        }
        return (changes[name](old, new) for old in olds for new in news)


def _bounded(texts: Iterable[str]) -> Values:
    held: dict[str, None] = {}
    for text in texts:
        held[text if len(text) <= _MAX_LENGTH else UNKNOWN] = None
        if len(held) == _MAX_VALUES:
            break
    return tuple(held)


def _started(pattern: str) -> str:
    start = literal(pattern)
    return UNKNOWN if start == "." and pattern.startswith(UNKNOWN) else start


def _parent(path: str) -> str:
    if path in {"", ".", UNKNOWN}:
        return UNKNOWN  # Above the project, or not known at all.
    return posixpath.dirname(path) or "."


def _is_module(node: ast.expr) -> bool:
    """Whether an expression is `os`, `os.path` or `pathlib` rather than a path."""
    match node:
        case ast.Name(id=name):
            return name in {"os", "osp", "path", "pathlib", "gzip", "bz2", "lzma", "codecs", "io"}
        case ast.Attribute(value=ast.Name(id="os"), attr="path"):
            return True
    return False
