# SPDX-License-Identifier: Apache-2.0
"""Which texts a path expression can stand for, as far as the source alone tells.

A part that cannot be told is `UNKNOWN`, so `f"out/{name}.csv"` still says that it is in `out`.
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from repro_action.pyanalysis.listings import ListingCall, listing_call, literal_part
from repro_action.pyanalysis.module import SourceModule
from repro_action.pyanalysis.path_texts import Values, ancestor, bounded, is_module, setting, started
from repro_action.pyanalysis.program import LocatedExpression, SourceProgram
from repro_action.pyanalysis.templates import (
    UNKNOWN,
    TextPart,
    format_parts,
    formatted,
    given_to_format,
    given_to_percent,
    keys_of,
    literal_spec,
    percent_parts,
)

_MAX_DEPTH = 24
_MAX_BOUND = 32
_SAME = {
    *("Path", "PurePath", "PosixPath", "PurePosixPath", "str", "fspath"),
    *("realpath", "abspath", "expanduser", "normpath", "resolve", "absolute", "as_posix"),
}
_COPIES = {"sorted", "list", "tuple", "set", "reversed"}
_ONE_OF = {"next", "min", "max"}
_OPTION = {"Option", "Argument", "field", "Field"}


@dataclass(slots=True)
class PathEvaluator:
    """Evaluates expressions of one program.

    Attributes:
        program: where names are looked up.
        arguments: command-line arguments that are known, by attribute name.
        cwd: folder that the program runs in, relative to the project; paths start from it.
        settings: dotted keys → texts of the tables that the program loads.
        depth: how many evaluations wait for the present one.
        done: what expressions stand for.
        elements: what sequences hold, by the names that stand for them.
        entries: the same for the entries of folders that they list.
    """

    program: SourceProgram
    arguments: dict[str, str] = field(default_factory=dict)
    cwd: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    depth: int = 0
    done: dict[ast.expr, Values] = field(default_factory=dict)
    elements: dict[ast.expr, list[LocatedExpression]] = field(default_factory=dict)
    entries: dict[ast.expr, Values] = field(default_factory=dict)

    def values(self, node: ast.expr, module: SourceModule) -> Values:
        """Return the texts that `node` may stand for; `(UNKNOWN,)` where nothing is known."""
        cached = self.done.get(node)
        if cached is not None or self.depth > _MAX_DEPTH:
            return cached if cached is not None else (UNKNOWN,)
        self.done[node] = (UNKNOWN,)  # what a name stands for while it is being found out
        self.depth += 1
        try:
            values = self.done[node] = bounded(self._values(node, module))
        finally:
            self.depth -= 1
        return values

    def _values(self, node: ast.expr, module: SourceModule) -> Iterable[str]:
        match node:
            case ast.Constant(value=str(text)):
                return (text,)
            case ast.Constant(value=int(number)) if not isinstance(number, bool):
                return (str(number),)
            case ast.Constant(value=None):
                return ()
            case ast.Name():
                return self._name(node, module)
            case ast.Attribute(value=base, attr=name):
                return self._attribute(node, base, name, module)
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return self._product(posixpath.join, left, right, module)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._product(lambda one, other: one + other, left, right, module)
            case ast.BinOp(left=left, op=ast.Mod(), right=right):
                return self._filled(percent_parts, left, given_to_percent(right), module)
            case ast.JoinedStr(values=parts):
                return self._joined(parts, module)
            case ast.FormattedValue(value=value, format_spec=spec):
                return (
                    formatted(text, literal_spec(spec)) for text in self.values(value, module) or (UNKNOWN,)
                )
            case ast.IfExp(body=body, orelse=other):
                return (*self.values(body, module), *self.values(other, module))
            case ast.BoolOp(values=parts):
                return (text for part in parts for text in self.values(part, module))
            case ast.NamedExpr(value=value):
                return self.values(value, module)
            case ast.Subscript(
                value=ast.Attribute(value=base, attr="parents"), slice=ast.Constant(value=int(up))
            ):
                return (ancestor(text, self.cwd, up + 1) for text in self.values(base, module))
            case ast.Subscript(value=base, slice=ast.Constant(value=key)):
                return self._item(node, base, key, module)
            case ast.Call():
                return self._call(node, module)
        return (UNKNOWN,)

    def _name(self, node: ast.Name, module: SourceModule) -> Iterable[str]:
        if node.id == "__file__":
            return (posixpath.relpath(module.path, self.cwd) if self.cwd else module.path,)
        return self._of_all(self.program.lookup(module, node))

    def _of_all(self, located: Iterable[LocatedExpression]) -> Values:
        found: list[str] = []
        has_value = False
        for item in islice(located, _MAX_BOUND):
            has_value = True
            if item.each:
                elements = self._elements(item.node, item.module)
                each = [text for element in elements for text in self.values(element.node, element.module)]
                found += each or self._entries(item.node, item.module)
            else:
                found += self.values(item.node, item.module)
        return tuple(found) if has_value else (UNKNOWN,)

    def _elements(self, node: ast.expr, module: SourceModule) -> list[LocatedExpression]:
        """Return the elements of a sequence, the keys of a table, or the values of its `.items()`."""
        elements: list[ast.expr] = []
        match node:
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                pass
            case ast.Dict(keys=keys):
                elements = [key for key in keys if key is not None]
            case ast.Call(func=ast.Attribute(value=base, attr="items" | "values")):
                located = [LocatedExpression(module=module, node=base), *self._located(base, module)]
                return [
                    LocatedExpression(module=item.module, node=value)
                    for item in located[:_MAX_BOUND]
                    if isinstance(item.node, ast.Dict)
                    for value in item.node.values
                ]
            case ast.Name():
                return self._elements_of_name(node, module)
            case _:
                pass
        return [LocatedExpression(module=module, node=element) for element in elements]

    def _elements_of_name(self, node: ast.Name, module: SourceModule) -> list[LocatedExpression]:
        cached = self.elements.get(node)
        if cached is not None or self.depth > _MAX_DEPTH:
            return cached or []
        self.elements[node] = []  # which is all that a circle of names holds
        self.depth += 1
        found = self.elements[node] = [
            element
            for item in islice(self.program.lookup(module, node), _MAX_BOUND)
            if not item.each
            for element in self._elements(item.node, item.module)
        ]
        self.depth -= 1
        return found

    def _entries(self, node: ast.expr, module: SourceModule) -> Values:
        """Return the entries of a folder that an expression lists, as their folder and an unknown name."""
        cached = self.entries.get(node)
        if cached is not None or self.depth > _MAX_DEPTH:
            return cached or ()
        self.entries[node] = ()  # which is all that a circle of names holds
        self.depth += 1
        entries = self.entries[node] = bounded(self._listing(node, module))
        self.depth -= 1
        return entries

    def _listing(self, node: ast.expr, module: SourceModule) -> Iterable[str]:
        match node:
            case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in _COPIES:
                return self._entries(first, module)
            case ast.Call() if listing_call(node, module):
                return (posixpath.join(folder, UNKNOWN) for folder in self.values(node, module))
            case ast.Name():
                located = islice(self.program.lookup(module, node), _MAX_BOUND)
                plain = [item for item in located if not item.each]
                return [text for item in plain for text in self._entries(item.node, item.module)]
        return ()

    def _folders(self, listing: ListingCall, module: SourceModule) -> Iterable[str]:
        """Return the folders that a call lists."""
        patterns = [] if listing.pattern is None else self.values(listing.pattern, module)
        if listing.folder is None:
            return [started(pattern) for pattern in patterns] or (UNKNOWN,)
        # A folder that is known tells enough, whatever is looked for in it.
        inner = [literal_part(pattern.replace(UNKNOWN, "*")) for pattern in patterns] or ["."]
        return [posixpath.join(base, part) for base in self.values(listing.folder, module) for part in inner]

    def _attribute(self, node: ast.expr, base: ast.expr, name: str, module: SourceModule) -> Iterable[str]:
        if isinstance(base, ast.Name):
            target, original = self.program.names.get((module.path, base.id), ("", ""))
            other = None if original else self.program.modules.get(target)
            if other is not None:
                return self._of_all(self.program.bound(other, other.tree, name))
        if name in self.arguments:
            return (self.arguments[name],)
        located = self.program.attributes.get(name)
        known = self._of_all(located) if located else ()
        if any(text != UNKNOWN for text in known):
            return known
        match name:
            case "parent":
                return (ancestor(text, self.cwd) for text in self.values(base, module))
            case "name":
                return (posixpath.basename(text) for text in self.values(base, module))
            case "stem":
                return (posixpath.splitext(posixpath.basename(text))[0] for text in self.values(base, module))
        return (setting(self.settings, keys_of(node)),)

    def _product(
        self, join: Callable[[str, str], str], left: ast.expr, right: ast.expr, module: SourceModule
    ) -> Iterable[str]:
        others = self.values(right, module) or (UNKNOWN,)
        return (join(one, other) for one in self.values(left, module) for other in others)

    def _filled(
        self,
        split: Callable[[str], Iterable[TextPart]],
        template: ast.expr,
        given: Mapping[str | int, ast.expr],
        module: SourceModule,
    ) -> Iterable[str]:
        """Return the texts of a template whose places are filled with what is given for them."""
        found: list[str] = []
        for text in self.values(template, module):
            made: Values = ("",)
            for part in split(text):
                node = given.get(part.key) if part.key is not None else None
                texts = (self.values(node, module) or (UNKNOWN,)) if node is not None else (UNKNOWN,)
                added = (
                    (part.text,) if part.key is None else tuple(formatted(one, part.spec) for one in texts)
                )
                made = bounded(start + more for start in made for more in added)
            found += made
        return found

    def _joined(self, parts: Iterable[ast.expr], module: SourceModule) -> Iterable[str]:
        texts: Values = ("",)
        for part in parts:
            added = self.values(part, module) or (UNKNOWN,)
            texts = bounded(text + more for text in texts for more in added)
        return texts

    def _item(self, node: ast.expr, base: ast.expr, key: object, module: SourceModule) -> Iterable[str]:
        """Look a constant key up in the dictionaries that a name or attribute stands for."""
        found: list[str] = []
        located = self._located(base, module)
        for item in located:
            if isinstance(item.node, ast.Dict):
                for name, value in zip(item.node.keys, item.node.values, strict=True):
                    if isinstance(name, ast.Constant) and name.value == key:
                        found += self.values(value, item.module)
        return found or self._entries(base, module) or (setting(self.settings, keys_of(node)),)

    def _located(self, node: ast.expr, module: SourceModule) -> list[LocatedExpression]:
        """Return what a name or attribute was bound to; nothing for other expressions."""
        match node:
            case ast.Name():
                return self.program.lookup(module, node)
            case ast.Attribute(attr=name):
                return self.program.attributes.get(name, [])
        return []

    def _call(self, node: ast.Call, module: SourceModule) -> Iterable[str]:
        match node.func:
            case ast.Name(id=name):
                base: ast.expr | None = None
            case ast.Attribute(value=base, attr=name):
                pass
            case _:
                return (UNKNOWN,)
        listing = listing_call(node, module)
        if listing is not None:  # a listing stands for its folder
            return self._folders(listing, module)
        if base is None and node.args and name in _COPIES | _ONE_OF:
            entries = name in _ONE_OF and self._entries(node.args[0], module)
            return entries or self.values(node.args[0], module)
        if name == "join" and isinstance(base, ast.Constant) and base.value == "/":
            parts = node.args[0].elts if node.args and isinstance(node.args[0], ast.List | ast.Tuple) else []
            return self._chain(list(parts), module) if parts else (UNKNOWN,)
        if name in _SAME or (name == "join" and not isinstance(base, ast.Constant)):
            own = [] if base is None or is_module(base) else [base]
            return self._chain([*own, *node.args], module)
        if base is not None and name == "joinpath":
            return self._chain([base, *node.args], module)
        if name == "open":  # a file object stands for its path
            own = [base] if base is not None and not is_module(base) else node.args[:1]
            return self._chain(own, module)
        if name in {"get", "getenv"} and len(node.args) == 2:
            return self.values(node.args[1], module)
        if name in _OPTION:
            given = [*node.args[:1], *(item.value for item in node.keywords if item.arg == "default")]
            return (text for item in given for text in self.values(item, module))
        if name == "dirname" and node.args:
            return (ancestor(text, self.cwd) for text in self.values(node.args[0], module))
        if name in {"cwd", "getcwd"}:
            return (".",)
        if base is not None and name in {"with_suffix", "with_name", "with_stem", "format"}:
            if name == "format":
                return self._filled(format_parts, base, given_to_format(node), module)
            return self._changed(name, base, node.args, module)
        called = self.program.function(module, node.func)
        returned = called.module.returns.get(called.node, ()) if called is not None else ()
        if called is not None and returned:
            return (text for item in returned for text in self.values(item, called.module))
        return (UNKNOWN,)

    def _chain(self, nodes: list[ast.expr], module: SourceModule) -> Iterable[str]:
        texts: Values = (".",) if not nodes else self.values(nodes[0], module)
        for node in nodes[1:]:
            parts = (UNKNOWN,) if isinstance(node, ast.Starred) else self.values(node, module) or (UNKNOWN,)
            texts = bounded(posixpath.join(text, part) for text in texts for part in parts)
        return texts

    def _changed(
        self, name: str, base: ast.expr, given: list[ast.expr], module: SourceModule
    ) -> Iterable[str]:
        olds = self.values(base, module)
        news = self.values(given[0], module) if given else (UNKNOWN,)
        changes: dict[str, Callable[[str, str], str]] = {
            "with_suffix": lambda old, new: posixpath.splitext(old)[0] + new,
            "with_name": lambda old, new: posixpath.join(posixpath.dirname(old), new),
            "with_stem": lambda old, new: posixpath.join(
                posixpath.dirname(old), new + posixpath.splitext(old)[1]
            ),
        }
        return (changes[name](old, new) for old in olds for new in news)
