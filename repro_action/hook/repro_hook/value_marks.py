# SPDX-License-Identifier: Apache-2.0
"""Digests of the values of a running program, part by part; loaded with a trace only.

Nothing of the program is run: no `repr`, no
`__eq__`, no iteration but over plain containers, never an iterator. What is not known is
marked by the name of its type.

Two kinds of marks are weak, because they differ between runs where nothing is wrong yet:
`{order}`, in what order a set is iterated, and `{place}`, a text that names the project's
folder. They stand beside a strong mark that leaves this out.
"""

from __future__ import annotations

import os
import struct
import sys
from hashlib import blake2b
from types import (
    BuiltinFunctionType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)

from repro_hook import library_values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    Mark = tuple[str, str, str]
    """Path, digest, text."""

DEPTH = 6
MARKS = 200
BREADTH = 64
"""Members of a container that get marks of their own, where not all of them are plain."""
NODES = 20_000
ITEMS = 100_000
"""Plain members that are digested; of more, the first ones, the last and their number."""
TEXT = 120

# By identity, as a metaclass may have an equality and a hash of its own.
PLAIN = frozenset(map(id, (type(None), bool, int, float, complex, str, bytes)))
SILENT = (ModuleType, FunctionType, BuiltinFunctionType, MethodType, type)
TIMES = frozenset(
    {
        *("refit_time_", "mean_fit_time", "std_fit_time", "mean_score_time", "std_score_time"),
        *("fit_time", "score_time", "_stop_words_id"),
    }
)
"""Attributes and keys that hold how long a fit took, or an address."""
STATE = frozenset({"sklearn", "xgboost", "lightgbm", "catboost", "imblearn"})
"""Packages whose private attributes are part of the model, as are those of the project's classes."""


def silent(value: object) -> bool:
    """Say whether a value is a module, a class or a function, which are told by their names only."""
    return issubclass(type(value), SILENT)


def marks(parts: Iterable[tuple[str, object]], root: str = "") -> list[Mark]:
    """Return the marks of values, at most `MARKS`; what is beyond is folded into the last one.

    Args:
        parts: values, each with the path that it starts from.
        root: folder of the project, as it may stand in texts.
    """
    walk = _ValueWalk(root)
    for path, value in parts:
        walk.visit(path, value, 0)
    return walk.finish()


class _ValueWalk:
    """One walk over values."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.found: list[Mark] = []
        self.rest = blake2b(digest_size=8)
        self.folded = 0
        self.nodes = 0
        self.above: set[int] = set()
        self.placed: list[str] = []

    def finish(self) -> list[Mark]:
        if self.folded or self.nodes > NODES:
            beyond = f", {self.nodes - NODES} not looked at" if self.nodes > NODES else ""
            self.found.append(("…", self.rest.hexdigest(), f"{self.folded} more{beyond}"))
        return self.found

    def leaf(self, path: str, content: bytes, text: str) -> None:
        """Add a mark for content; beyond the limit it joins the last one."""
        placed, self.placed = self.placed, []
        digest = blake2b(content, digest_size=8).hexdigest()
        if len(self.found) < MARKS - 2:
            self.found.append((path, digest, text[:TEXT]))
            if placed:
                content = "\0".join(placed).encode("utf-8", "surrogatepass")
                self.found.append(
                    (path + "{place}", blake2b(content, digest_size=8).hexdigest(), text[:TEXT])
                )
            return
        self.folded += 1
        self.rest.update(f"{path}\0{digest}\0".encode("utf-8", "surrogatepass"))

    def visit(self, path: str, value: object, depth: int) -> None:
        self.nodes += 1
        if self.nodes > NODES:
            return
        content = self.plain(value)
        if content is not None:
            self.leaf(path, content, shown(value))
        elif id(value) in self.above:
            self.leaf(path, b"cycle", "(contains itself)")
        elif depth > DEPTH:
            self.leaf(path, b"deep:" + _size(value), f"{name_of(value)}, not looked into")
        else:
            self.above.add(id(value))
            try:
                self.composite(path, value, depth)
            finally:
                self.above.discard(id(value))

    def composite(self, path: str, value: Any, depth: int) -> None:
        kind = type(value)
        if issubclass(kind, dict):
            self.mapping(path, list(dict.items(value)), depth, name_of(value))
        elif issubclass(kind, (list, tuple)):
            members = list.__iter__(value) if issubclass(kind, list) else tuple.__iter__(value)
            self.sequence(path, list(members), depth, name_of(value))
        elif issubclass(kind, (set, frozenset)):
            members = set.__iter__(value) if issubclass(kind, set) else frozenset.__iter__(value)
            self.members(path, list(members))
        elif issubclass(kind, SILENT):
            text = f"{library_values.names(kind)[1]} {_called(value)}"
            self.leaf(path, text.encode("utf-8", "surrogatepass"), text)
        elif not library_values.visit(self, path, value, depth):
            for own, convert in _CONVERT:
                if issubclass(kind, own):
                    self.visit(f"{path}.value", convert(value), depth + 1)
                    break
            self.instance(path, value, depth)

    def sequence(self, path: str, items: list[object], depth: int, name: str) -> None:
        contents = self.all_plain(items)
        if contents is not None:
            text = f"{name} of {len(items)}: {_some(items)}"
            self.leaf(path, f"{name}:{len(items)}:".encode() + contents, text)
            return
        for index, item in enumerate(items[:BREADTH]):
            self.visit(f"{path}[{index}]", item, depth + 1)
        if len(items) > BREADTH:
            self.leaf(f"{path}[…]", str(len(items)).encode(), f"{len(items)} members, {BREADTH} looked at")

    def mapping(self, path: str, items: list[tuple[object, object]], depth: int, name: str) -> None:
        items = [(key, value) for key, value in items if type(key) is not str or key not in TIMES]
        keys = [key for key, _ in items]
        order = self.all_plain(keys)
        whole = self.all_plain([value for _, value in items]) if len(items) > BREADTH else None
        if order is not None and whole is not None:
            self.leaf(path, order + b"\0" + whole, f"{name} of {len(items)}: {_some(keys)}")
            return
        for index, (key, value) in enumerate(items[:BREADTH]):
            segment = shown(key) if id(type(key)) in PLAIN else f"#{index}"
            self.visit(f"{path}[{segment}]", value, depth + 1)
        content = order if order is not None else str(len(keys)).encode()
        self.leaf(f"{path}.keys()", content, f"{name} of {len(keys)}: {_some(keys)}")

    def members(self, path: str, items: list[object]) -> None:
        contents = [self.plain(item) or _key(item) for item in items[:ITEMS]]
        text = f"set of {len(items)}: {_some(items)}"
        self.leaf(path, b"set:" + _joined(sorted(contents)), f"set of {len(items)}")
        if len(items) > 1:
            self.leaf(path + "{order}", _joined(contents), text)

    def instance(self, path: str, value: object, depth: int) -> None:
        """Mark an object by its type and its attributes, in the order of their names."""
        name = name_of(value)
        attributes = _attributes(value)
        self.leaf(path, name.encode("utf-8", "surrogatepass"), name)
        private = name.partition(".")[0] in STATE or self.own(type(value))
        for key in sorted(key for key in attributes if type(key) is str):
            if key in TIMES or key.startswith("__") or (key.startswith("_") and not private):
                continue
            self.visit(f"{path}.{key}", attributes[key], depth + 1)

    def own(self, kind: type) -> bool:
        """Say whether a class is the project's."""
        module = sys.modules.get(library_values.names(kind)[0])
        file = getattr(module, "__dict__", {}).get("__file__")
        if type(file) is not str or not self.root:
            return False
        inside = os.path.realpath(file).startswith(self.root + os.sep)
        return inside and f"{os.sep}site-packages{os.sep}" not in file

    def plain(self, value: Any) -> bytes | None:
        """Return the bytes of a plain value, or None where it is none."""
        kind = type(value)
        if kind is float:
            return b"f" + struct.pack("<d", value)
        if kind is str:
            text: str = value
            if len(self.root) > 1 and self.root in text:
                self.placed.append(text)
                text = text.replace(self.root, "<project>")
            return b"s" + text.encode("utf-8", "surrogatepass")
        if kind is bool or value is None:
            return b"b" + str(value).encode()
        if kind is int:
            return b"i" + hex(value).encode()
        if kind is complex:
            return b"c" + struct.pack("<dd", value.real, value.imag)
        if kind is bytes:
            return b"y" + bytes(value)
        mark: bytes | None = library_values.plain(value)
        return mark

    def all_plain(self, items: list[object]) -> bytes | None:
        """Return the bytes of plain values one after another, or None where one is not plain."""
        are_plain = set(map(id, map(type, items))) <= PLAIN or all(
            self.plain(item) is not None for item in items[:ITEMS]
        )
        self.placed = []
        if not are_plain:
            return None
        if len(items) > ITEMS:
            items = [len(items), *items[: ITEMS - 1000], *items[-1000:]]
        return _joined([self.plain(item) or b"" for item in items])


_CONVERT: tuple[tuple[type, Callable[[Any], object]], ...] = (
    (str, str.__str__),
    (int, int.__int__),
    (float, float.__float__),
)
"""What an instance of a class made from a plain one holds besides its attributes."""


def _joined(contents: list[bytes]) -> bytes:
    return b"".join(b"%d:%b" % (len(content), content) for content in contents)


def _key(value: object) -> bytes:
    return library_values.plain(value) or name_of(value).encode("utf-8", "surrogatepass")


def _size(value: Any) -> bytes:
    sized = (list, tuple, dict, set, frozenset)
    size = next((kind.__len__(value) for kind in sized if issubclass(type(value), kind)), 0)
    return f"{name_of(value)}:{size}".encode("utf-8", "surrogatepass")


def _attributes(value: object) -> dict[str, object]:
    """Return the attributes that an object itself holds, without calling a property."""
    found: dict[str, object] = {}
    for kind in library_values.bases(value):
        if library_values.names(kind)[0] == "builtins":
            continue
        own = type.__dict__["__dict__"].__get__(kind)
        for name, attribute in own.items():
            if name == "__dict__" and type(attribute) is GetSetDescriptorType:
                inner = attribute.__get__(value)
                found.update(inner if type(inner) is dict else {})
            elif type(attribute) is MemberDescriptorType and "__slots__" in own:
                try:
                    found[name] = attribute.__get__(value)
                except AttributeError:
                    continue
    return found


def _called(value: Any) -> str:
    """Return the name of a class, function or module."""
    if issubclass(type(value), type):
        return ".".join(library_values.names(value))
    if issubclass(type(value), ModuleType):
        return str(ModuleType.__getattribute__(value, "__name__"))
    return str(value.__qualname__)


def name_of(value: object) -> str:
    """Return the full name of a value's type."""
    module, name = library_values.names(type(value))
    return name if module == "builtins" else f"{module}.{name}"


def shown(value: Any) -> str:
    """Return a plain value for people; never more than `TEXT` characters."""
    kind = type(value)
    if kind is str or kind is bytes:
        return repr(value[:TEXT])
    if kind is int and abs(value) >= 1 << 256:
        return hex(value)[:TEXT]
    return repr(value) if id(kind) in PLAIN else str(library_values.shown(value))


def _some(items: list[object]) -> str:
    return ", ".join([*map(shown, items[:3]), *(["…"] if len(items) > 3 else [])])
