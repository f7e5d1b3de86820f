# SPDX-License-Identifier: Apache-2.0
"""JSON that a stranger may have made: read within bounds, and in one way only."""

from __future__ import annotations

import base64
import binascii
import json

from repro_action.errors import ReproError

MAX_BYTES = 16 << 20
"""Of a document; a provenance with thousands of packages takes less than one MiB."""


class EvidenceRefused(ReproError):
    """A statement, a signature or a receipt is not what it should be; the reason is its message."""

    exit_code = 1


def read_json(data: bytes, what: str) -> dict[str, object]:
    """Return the object that a document is.

    Args:
        data: UTF-8.
        what: it is, for messages: `the bundle`.

    Raises:
        EvidenceRefused: it is too large, no JSON, no object, or has a key twice.
    """
    if len(data) > MAX_BYTES:
        raise EvidenceRefused(f"{what} is larger than {MAX_BYTES >> 20} MiB")

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        members = dict(pairs)
        if len(members) != len(pairs):
            raise EvidenceRefused(
                f"{what} has a key twice in one object", why="Two programs could read two things from it."
            )
        return members

    def refuse(constant: str) -> object:
        raise EvidenceRefused(f"{what} is not valid JSON: {constant}")

    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=unique, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise EvidenceRefused(
            f"{what} is not valid JSON",
            why="It was cut off or changed, or is of another kind.",
            remedy="Get the file again from where it was published.",
        ) from error
    return as_object(value, what)


def as_object(value: object, what: str) -> dict[str, object]:
    """Return a value that must be an object.

    Raises:
        EvidenceRefused: it is none.
    """
    if not isinstance(value, dict):
        raise EvidenceRefused(f"{what} is not a JSON object")
    return value


def as_list(value: object, what: str) -> list[object]:
    """Return a value that must be a list.

    Raises:
        EvidenceRefused: it is none.
    """
    if not isinstance(value, list):
        raise EvidenceRefused(f"{what} is not a list")
    return value


def as_text(value: object, what: str) -> str:
    """Return a value that must be a text.

    Raises:
        EvidenceRefused: it is none.
    """
    if not isinstance(value, str):
        raise EvidenceRefused(f"{what} is not a text")
    return value


def as_base64(value: object, what: str) -> bytes:
    """Return the bytes of a value that must be their standard base64.

    Raises:
        EvidenceRefused: it is none.
    """
    try:
        return base64.b64decode(as_text(value, what).encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise EvidenceRefused(f"{what} is not base64") from error
