# SPDX-License-Identifier: Apache-2.0
"""Values of the model to JSON values and back, inside the bounds of a layout."""

from __future__ import annotations

from typing import TypeVar

from repro_action.codec.canonical import Json
from repro_action.codec.typed.hooks import Reading, Writing
from repro_action.codec.typed.layout import DocumentLayout
from repro_action.codec.typed.wire import wire_type
from repro_action.text import clean

_T = TypeVar("_T")


class DocumentMismatch(ValueError):
    """A value does not fit its type or a bound; the text says where and why."""


def read(raw: object, kind: type[_T], layout: DocumentLayout) -> _T:
    """Return the value that `write` made a document of; nothing of the document is trusted.

    Raises:
        DocumentMismatch: it is no such document, or exceeds a bound.
    """
    import msgspec

    try:
        made = msgspec.convert(raw, wire_type(kind, layout.of(kind)), dec_hook=Reading(layout))
        return msgspec.convert(made, kind, from_attributes=True)
    except msgspec.ValidationError as error:
        raise DocumentMismatch(_explained(error)) from error
    except UnicodeEncodeError as error:  # a key with lone surrogates; no field has such a name
        raise DocumentMismatch("it has an unknown key") from error


def write(value: object, layout: DocumentLayout) -> dict[str, Json]:
    """Return a value as the object that `read` reads.

    Raises:
        DocumentMismatch: it exceeds a bound.
    """
    import msgspec

    wire = wire_type(type(value), layout.of(type(value)), writing=True)
    try:
        made = msgspec.convert(value, wire, from_attributes=True, dec_hook=Writing(layout))
    except msgspec.ValidationError as error:
        raise DocumentMismatch(_explained(error)) from error
    document: dict[str, Json] = msgspec.to_builtins(made)
    return document


def _explained(error: Exception) -> str:
    """Return `place: message` of msgspec's `message - at place`."""
    message, _, place = str(error).rpartition(" - at ")
    return clean(f"{place.strip('`')}: {message}" if message else str(error), 300)
