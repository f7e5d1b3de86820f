# SPDX-License-Identifier: Apache-2.0
"""Public keys that a project lists, under the names by which people know them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from repro_action.signing.own_keys import PublicKey, public_key


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedKey:
    """A key of a builder.

    Attributes:
        name: of its file.
        public: the key itself.
    """

    name: str
    public: PublicKey

    @property
    def label(self) -> str:
        """The name and the beginning of the id: names can be chosen, ids cannot."""
        return f"{self.name} {self.public.keyid[:12]}"


def listed_keys(files: Iterable[Path]) -> tuple[ListedKey, ...]:
    """Read keys; one that is listed under two names counts once, under the first.

    Raises:
        KeyRefused: one cannot be read, or is of another type.
    """
    found: dict[str, ListedKey] = {}
    for file in files:
        key = ListedKey(name=file.name, public=public_key(file))
        found.setdefault(key.public.keyid, key)
    return tuple(found.values())
