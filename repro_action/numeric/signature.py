# SPDX-License-Identifier: Apache-2.0
"""A short digest of how each operation rounds and associates, as one line of text and back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

CIRCUMSTANCE = "numeric_signature"
"""Its name among the circumstances of a run."""

QUESTIONS = "questions"
"""The name whose value says which questions were asked: those of other releases have other digests."""

_MAX = 64
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_VALUE = re.compile(r"[a-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NumericSignature:
    """How a platform computes.

    Attributes:
        operations: name, such as `gemv64`, → digest of the order in which it associates, or a plain word.
    """

    operations: Mapping[str, str]

    @classmethod
    def of(cls, table: object) -> NumericSignature | None:
        """Return the signature in a table that a program printed; None where it is not one."""
        if not isinstance(table, dict) or not 0 < len(table) <= _MAX:
            return None
        if not all(
            isinstance(name, str)
            and _NAME.fullmatch(name)
            and isinstance(value, str)
            and _VALUE.fullmatch(value)
            for name, value in table.items()
        ):
            return None
        return cls(operations=dict(sorted(table.items())))

    @classmethod
    def parse(cls, text: str) -> NumericSignature | None:
        """Return the signature that `text` wrote; None where it is not one, or empty."""
        if len(text) > _MAX * 100:
            return None
        pairs = [item.partition(":") for item in text.split(" ")]
        table = {name: value for name, colon, value in pairs if colon}
        return cls.of(table) if len(table) == len(pairs) else None

    @property
    def text(self) -> str:
        """One line: `dot32:674a9e3b9173 dot64:…`, sorted by name."""
        return " ".join(f"{name}:{value}" for name, value in sorted(self.operations.items()))

    @property
    def digest(self) -> str:
        """The first 12 digits of the SHA-256 of the text: platforms that share it compute the same."""
        return hashlib.sha256(self.text.encode("ascii")).hexdigest()[:12]


def signature_in(circumstances: Mapping[str, str]) -> NumericSignature | None:
    """Return the signature that a run recorded; None where it recorded none."""
    return NumericSignature.parse(circumstances.get(CIRCUMSTANCE, ""))
