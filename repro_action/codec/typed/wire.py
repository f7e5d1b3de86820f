# SPDX-License-Identifier: Apache-2.0
"""The types of JSON documents, derived from the dataclasses of the model.

A dataclass of the model holds any text and any list. Its wire type is the `msgspec.Struct` with
the same fields that holds a layout's bounds and refuses unknown keys; msgspec converts between the
two, validates with it, and describes it as a JSON Schema.
"""

from __future__ import annotations

import dataclasses
import functools
import operator
import types
import typing
from abc import ABC
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal

from repro_action.codec.typed.layout import DocumentLayout
from repro_action.digest import Digest
from repro_action.tree import Scalar

if TYPE_CHECKING:
    import msgspec

Special = Any
"""A type put together at run time, such as `Annotated[str, Meta(max_length=4000)]`."""


class Hooked(ABC):  # noqa: B024 - what counts as an instance is registered
    """A type that msgspec hands to `repro_action.codec.typed.hooks`."""


class AnyScalar(Hooked):
    """A text, a number or a boolean, or the object that stands for a float that JSON cannot hold."""


class Number(Hooked):
    """A float, or the object that stands for one."""


class Count(Hooked):
    """A whole number from 0 to the layout's largest."""


class DigestText(Hooked):
    """A digest, written `algorithm:hex`."""


_INSTANCES: dict[type[Hooked], tuple[type, ...]] = {
    AnyScalar: (str, int, float, bool, dict),
    Number: (float, int, dict),
    Count: (int,),
    DigestText: (Digest, str),
}
for _kind, _values in _INSTANCES.items():
    for _value in _values:
        _kind.register(_value)

_derived: dict[tuple[type, DocumentLayout, bool], type[msgspec.Struct]] = {}


def wire_type(kind: type, layout: DocumentLayout, *, writing: bool = False) -> type[msgspec.Struct]:
    """Return the wire type of a dataclass, for reading and schemas or for writing."""
    key = (kind, layout, writing)
    if key not in _derived:
        _derived[key] = _derive(*key)
    return _derived[key]


def _derive(kind: type, layout: DocumentLayout, writing: bool) -> type[msgspec.Struct]:
    import msgspec

    hints = typing.get_type_hints(kind)
    derive = functools.partial(_field_type, layout=layout, writing=writing)
    fields: list[Any] = list(layout.extra.get(kind, {}).items())
    conditions: dict[str, Callable[[Any], bool]] = {}
    for field in dataclasses.fields(kind):
        path = f"{kind.__name__}.{field.name}"
        if path in layout.omitted or field.name == layout.keyed.get(kind):
            continue
        made = derive(hints[field.name], path)
        if writing and path in layout.written_if:
            conditions[field.name] = layout.written_if[path]
            fields.append((field.name, made | msgspec.UnsetType, msgspec.UNSET))
        elif path in layout.optional or (not writing and path in {*layout.added, *layout.written_if}):
            fields.append((field.name, made, _default(field)))
        else:
            fields.append((field.name, made))
    settle = _hiding(conditions) if writing else _naming(hints, layout)
    return msgspec.defstruct(
        kind.__name__,
        fields,
        namespace={"__doc__": (kind.__doc__ or "").partition("\n")[0], **settle},
        kw_only=True,
        rename=layout.renamed,
        forbid_unknown_fields=True,
        omit_defaults=True,
        dict=kind in layout.keyed,
    )


def _default(field: dataclasses.Field[Any]) -> object:
    """Return a field's default, in the form in which msgspec omits what equals it."""
    import msgspec

    if field.default_factory is not dataclasses.MISSING:
        return msgspec.field(default_factory=field.default_factory)
    return field.default


def _hiding(conditions: Mapping[str, Callable[[Any], bool]]) -> dict[str, object]:
    """Return the method that hides fields whose condition is not met, if there are such fields."""

    def hide(made: Special) -> None:
        import msgspec

        for name, condition in conditions.items():
            if not condition(made):
                setattr(made, name, msgspec.UNSET)

    return {"__post_init__": hide} if conditions else {}


def _naming(hints: Mapping[str, object], layout: DocumentLayout) -> dict[str, object]:
    """Return the method that gives the values of tables their keys, if there are such tables."""
    keys = {name: key for name, hint in hints.items() if (key := _key_of(hint, layout))}

    def name_values(made: Special) -> None:
        for field, key in keys.items():
            for text, value in getattr(made, field).items():
                setattr(value, key, text)

    return {"__post_init__": name_values} if keys else {}


def _key_of(hint: object, layout: DocumentLayout) -> str:
    arguments = typing.get_args(hint)
    return layout.keyed.get(arguments[1], "") if typing.get_origin(hint) is Mapping else ""


_HOOKED: dict[object, Special] = {Scalar: AnyScalar | None, float: Number, Digest: DigestText}


def _field_type(hint: Special, path: str, *, layout: DocumentLayout, writing: bool) -> Special:
    if hint in _HOOKED:
        return _HOOKED[hint]
    if hint is str:
        return _bounded(str, path, layout, layout.longest)
    if hint is int:
        return Count if layout.largest is not None else _annotated(int, ge=0)
    origin: Special = typing.get_origin(hint)
    if origin is None:
        return _plain(hint, path, layout=layout, writing=writing)
    if origin is Literal:
        return hint
    inner = functools.partial(_field_type, path=path, layout=layout, writing=writing)
    parts = [one if one is ... else inner(one) for one in typing.get_args(hint)]
    if origin is types.UnionType:
        return functools.reduce(operator.or_, parts)
    if origin is tuple:
        made = _apply(tuple, *parts)
        return _bounded(made, path, layout, layout.most) if ... in parts else made
    if origin is Mapping:
        return _bounded(_apply(dict, *parts), path, layout, lambda _: layout.members)
    raise TypeError(f"{path}: {hint} has no form in JSON")


def _plain(kind: type, path: str, *, layout: DocumentLayout, writing: bool) -> Special:
    if dataclasses.is_dataclass(kind):
        return wire_type(kind, layout.of(kind), writing=writing)
    if kind in {bool, type(None)} or issubclass(kind, StrEnum):
        return kind
    raise TypeError(f"{path}: {kind.__name__} has no form in JSON")


def _bounded(made: Special, path: str, layout: DocumentLayout, bound: Callable[[str], int | None]) -> Special:
    most = bound(path.rpartition(".")[2])
    least = 1 if path in layout.nonempty else None
    bounds = {name: size for name, size in (("min_length", least), ("max_length", most)) if size is not None}
    return _annotated(made, **bounds) if bounds else made


def _annotated(made: Special, **bounds: Special) -> Special:
    import msgspec

    return _apply(Annotated, made, msgspec.Meta(**bounds))


def _apply(form: Special, *arguments: Special) -> Special:
    return form[arguments]
