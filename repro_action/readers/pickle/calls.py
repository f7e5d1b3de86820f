# SPDX-License-Identifier: Apache-2.0
"""What a call in a pickle amounts to, known by the callee's name and never by calling it.

Different pickle protocols spell one object differently: a set is `set([…])` before protocol 4
and an opcode since. Here the spellings meet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from repro_action.digest import digest_bytes
from repro_action.readers.pickle.stored import StoredBytes
from repro_action.readers.pickle.values import DictValue, Global, Instance, SetValue, Value

_MODULES = {
    "copy_reg": "copyreg",
    "__builtin__": "builtins",
    "numpy.core": "numpy._core",
    "numpy.random.mtrand.RandomState": "numpy.random.RandomState",
}
_LONGEST = 200
_LATIN = frozenset({"latin1", "latin-1", "iso8859-1", "iso-8859-1"})


def global_named(module: str, name: str, *, old_names: bool = False) -> Global:
    """Return a reference under the name that it has today.

    Args:
        module: as written.
        name: qualified name as written.
        old_names: the pickle is of protocol 0 to 2, which spells modules as Python 2 did.
    """
    if old_names:
        from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING

        module, name = NAME_MAPPING.get((module, name), (IMPORT_MAPPING.get(module, module), name))
    for old, new in _MODULES.items():
        if module == old or module.startswith(f"{old}."):
            module = new + module[len(old) :]
    return Global(printable(f"{module}.{name}"))


def printable(text: str) -> str:
    """Return a name without control characters and of bounded length, still one to one."""
    plain = text.isprintable() and "\\" not in text
    return shorten(text if plain else text.encode("unicode_escape", "surrogatepass").decode("ascii"))


def shorten(text: str) -> str:
    """Return a text of bounded length; a digest stands for what is cut off."""
    if len(text) <= _LONGEST:
        return text
    tail = digest_bytes("sha256", text.encode("utf-8", "surrogatepass")).value[:16]
    return f"{text[:_LONGEST]}…{tail}"


def call(callee: Value, args: tuple[Value, ...]) -> Value:
    """Return what `callee(*args)` describes."""
    match callee:
        case Global(name=name):
            rule = _CALLS.get(name)
            made = rule(args) if rule is not None else None
            if made is None and ".__pyx_unpickle_" in name:
                made = _cython(args)
            elif made is None and name.endswith(".newObj") and len(args) == 1:
                # scikit-learn's trees and metrics are made by a function of this name.
                made = construct(args[0], ())
            return Instance(callee, args) if made is None else made
        case Instance(type="functools.partial", states=[(func, (_, *bound), kwargs, *_), *_]) if isinstance(
            func, Global
        ) and func.name.endswith(".__new__"):
            # Protocols 2 and 3 spell `__newobj_ex__` as a partial of the class's `__new__`.
            cls = Global(func.name.removesuffix(".__new__"))
            return construct(cls, (*bound, *args), kwargs if isinstance(kwargs, DictValue) else None)
    return Instance(callee, args)


def construct(cls: Value, args: tuple[Value, ...], kwargs: DictValue | None = None) -> Instance:
    """Return what `cls.__new__(cls, *args, **kwargs)` describes."""
    return Instance(cls, args, kwargs if kwargs is not None and kwargs.pairs else None)


def _encode(args: tuple[Value, ...]) -> Value:
    match args:
        case (str(text), str(encoding)) if encoding.lower() in _LATIN:
            try:
                return text.encode("latin-1")
            except UnicodeEncodeError:
                return None
    return None


def _bytes(args: tuple[Value, ...]) -> Value:
    match args:
        case ():
            return b""
        case (bytes() | bytearray() as data,):
            return bytes(data)
        case (StoredBytes() as data,):
            return replace(data, mutable=False)
    return _encode(args)


def _bytearray(args: tuple[Value, ...]) -> Value:
    made = _bytes(args)
    if isinstance(made, StoredBytes):
        return replace(made, mutable=True)
    return bytearray(made) if isinstance(made, bytes | bytearray) else None


def _set(args: tuple[Value, ...]) -> Value:
    match args:
        case ():
            return SetValue([])
        case (list() | tuple() as items,):
            return SetValue(list(items))
    return None


def _frozenset(args: tuple[Value, ...]) -> Value:
    made = _set(args)
    return SetValue(made.items, frozen=True) if isinstance(made, SetValue) else None


def _complex(args: tuple[Value, ...]) -> Value:
    match args:
        case (float(real), float(imaginary)):
            return complex(real, imaginary)
    return None


def _getattr(args: tuple[Value, ...]) -> Value:
    match args:
        case (Global(name=name), str(attribute)):
            return Global(printable(f"{name}.{attribute}"))
    return None


def _reconstructor(args: tuple[Value, ...]) -> Value:
    match args:
        case (cls, Global(name="builtins.object"), _):
            return construct(cls, ())
        case (cls, Global(name="builtins.list"), list() as items):
            return Instance(cls, items=items)
        case (cls, Global(name="builtins.dict"), DictValue(pairs=pairs)):
            return Instance(cls, pairs=pairs)
        case (cls, _, base):
            return construct(cls, (base,))
    return None


def _newobj(args: tuple[Value, ...]) -> Value:
    return construct(args[0], args[1:]) if args else None


def _newobj_ex(args: tuple[Value, ...]) -> Value:
    match args:
        case (cls, tuple() as positional, DictValue() as kwargs):
            return construct(cls, positional, kwargs)
    return None


def _cython(args: tuple[Value, ...]) -> Value:
    # (class, checksum of the C struct's layout, state): only the state is content.
    match args:
        case (cls, int(), state):
            return Instance(cls, states=[] if state is None else [state])
    return None


_CALLS: dict[str, Callable[[tuple[Value, ...]], Value]] = {
    "_codecs.encode": _encode,
    "codecs.encode": _encode,
    "builtins.bytes": _bytes,
    "builtins.bytearray": _bytearray,
    "builtins.set": _set,
    "builtins.frozenset": _frozenset,
    "builtins.complex": _complex,
    "builtins.getattr": _getattr,
    "copyreg._reconstructor": _reconstructor,
    "copyreg.__newobj__": _newobj,
    "copyreg.__newobj_ex__": _newobj_ex,
}
