# SPDX-License-Identifier: Apache-2.0
"""A list that is shown up to a limit, with the number of what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """The first entries of a list.

    Attributes:
        shown: the entries.
        more: number of those that are not shown.
    """

    shown: tuple[T, ...] = ()
    more: int = 0

    @classmethod
    def of(cls, items: Iterable[T], limit: int, *, hidden: int = 0) -> Listed[T]:
        """Take the first `limit` entries; `hidden` more were left out before."""
        entries = tuple(items)
        return cls(entries[:limit], max(len(entries) - limit, 0) + hidden)

    def __iter__(self) -> Iterator[T]:
        return iter(self.shown)

    def __bool__(self) -> bool:
        return bool(self.shown or self.more)

    @property
    def count(self) -> int:
        """Number of all entries, shown or not."""
        return len(self.shown) + self.more
