# SPDX-License-Identifier: Apache-2.0
"""Documents that strangers may have written: strict JSON of bounded size, read into the types of a model."""

from __future__ import annotations

from typing import TypeVar

from repro_action.codec.canonical import parse
from repro_action.codec.typed.layout import DocumentLayout
from repro_action.errors import ArtifactUnreadable, BaselineError

LARGEST_FILE = 16 << 20
"""Characters of a document of one run that is read."""

_T = TypeVar("_T")


def strict(text: str, where: str) -> object:
    """Read strict JSON, whatever its size.

    Raises:
        ArtifactUnreadable: the text is not such JSON.
    """
    try:
        return parse(text, where)
    except BaselineError as error:
        raise ArtifactUnreadable(error.what, where=where) from error


def bounded(text: str, where: str, *, called: str) -> object:
    """Read strict JSON of at most `LARGEST_FILE` characters; errors name it as it is `called`.

    Raises:
        ArtifactUnreadable: the text is larger, or not such JSON.
    """
    if len(text) > LARGEST_FILE:
        raise ArtifactUnreadable(f"{called} has more than {LARGEST_FILE} characters", where=where)
    return strict(text, where)


def of_a_stranger(
    text: str | bytes, kind: type[_T], layout: DocumentLayout, where: str, *, largest: int, called: str
) -> _T:
    """Return the model of a document that came from another job.

    Args:
        text: of the document.
        kind: the model's type.
        layout: names and bounds of its documents.
        where: the document came from, for errors.
        largest: bytes that are read.
        called: what the document is, for errors.

    Raises:
        ArtifactUnreadable: it is larger, no such document of version 1, or exceeds a bound.
    """
    if len(text) > largest:
        raise ArtifactUnreadable(f"it has more than {largest} bytes", where=where)
    try:
        raw = strict(text if isinstance(text, str) else text.decode("ascii"), where)
    except UnicodeDecodeError as error:
        raise ArtifactUnreadable("it is not ASCII", where=where) from error
    if not isinstance(raw, dict) or raw.get("version") != 1:
        raise ArtifactUnreadable(f"it is not {called} of version 1", where=where)
    return typed(raw, kind, layout, where)


def typed(raw: object, kind: type[_T], layout: DocumentLayout, where: str) -> _T:
    """Return the model of a document.

    Args:
        raw: JSON as parsed.
        kind: the model's type.
        layout: names and bounds of its documents.
        where: the document came from, for errors.

    Raises:
        ArtifactUnreadable: the value is not one of this layout, or exceeds a bound.
    """
    from repro_action.codec.typed.document import DocumentMismatch, read

    try:
        return read(raw, kind, layout)
    except DocumentMismatch as error:
        raise ArtifactUnreadable(str(error), where=where) from error
