# SPDX-License-Identifier: Apache-2.0
"""What msgspec asks of us: values whose form in JSON is our own, in both directions.

Both are called for every number of every leaf, so the usual cases come first.
"""

from __future__ import annotations

from repro_action.codec.canonical import Json, decode_scalar, encode_scalar
from repro_action.codec.typed.layout import DocumentLayout
from repro_action.codec.typed.wire import Count, DigestText, Number
from repro_action.digest import Digest
from repro_action.errors import ConfigError
from repro_action.tree import Scalar


class Reading:
    """JSON values to values of the model, for one layout; everything in them is foreign."""

    def __init__(self, layout: DocumentLayout) -> None:
        self._longest = layout.longest("")
        self._largest = layout.largest

    def __call__(self, kind: type, raw: object) -> object:
        """Return the value.

        Raises:
            ValueError: it is not of that kind, or exceeds a bound.
        """
        if kind is Number:
            return raw if type(raw) is float else _number(raw)
        if kind is DigestText:
            return _digest(raw)
        if kind is Count:
            return _count(raw, self._largest)
        return self.scalar(raw)

    def scalar(self, raw: object) -> Scalar:
        """Return a scalar whose text is inside its bound.

        Raises:
            ValueError: it is none, or its text is too long.
        """
        if isinstance(raw, str) and self._longest is not None and len(raw) > self._longest:
            raise ValueError(f"Expected a string of at most {self._longest} characters")
        return decode_scalar(raw)


class Writing:
    """Values of the model to JSON values, for one layout."""

    def __init__(self, layout: DocumentLayout) -> None:
        self._reading = Reading(layout)
        self._largest = layout.largest

    def __call__(self, kind: type, value: object) -> Json:
        """Return the JSON value.

        Raises:
            ValueError: it exceeds a bound.
        """
        if isinstance(value, float):
            return encode_scalar(value)
        if kind is DigestText:
            return str(value)
        if kind is Count:
            return _count(value, self._largest)
        return encode_scalar(self._reading.scalar(value))


def _count(raw: object, largest: int | None) -> int:
    if (
        isinstance(raw, int)
        and not isinstance(raw, bool)
        and raw >= 0
        and (largest is None or raw <= largest)
    ):
        return raw
    raise ValueError(f"Expected a whole number from 0 to {largest}")


def _digest(raw: object) -> Digest:
    if not isinstance(raw, str):
        raise ValueError("Expected a digest, written algorithm:hex")  # noqa: TRY004 - what msgspec catches
    try:
        return Digest.parse(raw)
    except ConfigError as error:
        raise ValueError(error.what) from error


def _number(raw: object) -> float:
    value = decode_scalar(raw)
    if isinstance(value, float | int) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError as error:
            raise ValueError("Expected a number; this one is too large") from error
    raise ValueError("Expected a number")
