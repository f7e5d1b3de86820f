# SPDX-License-Identifier: Apache-2.0
"""R's objects as they are parsed, before they become leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from repro_action.readers.plain_values import Labelled

if TYPE_CHECKING:
    import numpy as np

Attributes = list[tuple[str, object]]


@dataclass(slots=True, kw_only=True)
class RValue:
    """What may have attributes.

    Attributes:
        attributes: name and value of each, in their order.
    """

    attributes: Attributes = field(default_factory=list)

    def attribute(self, name: str) -> object:
        """Return an attribute, or None."""
        return next((value for key, value in self.attributes if key == name), None)


@dataclass(slots=True, kw_only=True)
class RVector(RValue):
    """Numbers, booleans or bytes."""

    values: np.ndarray


@dataclass(slots=True, kw_only=True)
class RTexts(RValue):
    """Texts; None for one that is missing."""

    values: list[str | None]


@dataclass(slots=True, kw_only=True)
class RList(RValue):
    """Any values."""

    values: list[object]
    type: str = ""


@dataclass(slots=True, kw_only=True)
class RPairs(RValue):
    """Values with names or without: a call, or arguments."""

    type: str
    values: list[tuple[str, object]]


@dataclass(slots=True, kw_only=True)
class REnvironment(RValue):
    """Variables; what refers to it again has its number.

    Attributes:
        number: among all that can be referred to.
        locked: whether no variable can be added.
        variables: by name.
        enclosing: where what it does not have is looked up.
    """

    number: int
    locked: bool = False
    variables: dict[str, object] = field(default_factory=dict)
    enclosing: object = None


@dataclass(slots=True, kw_only=True)
class RFunction(RValue):
    """A function that R's own code does not have, or a value that is made when it is asked for.

    Attributes:
        arguments: names with their defaults.
        body: an expression.
        environment: that its names are looked up in.
        type: as it appears in the tree.
    """

    arguments: object
    body: object
    environment: object
    type: str = "R function"


@dataclass(slots=True, kw_only=True)
class ROther(RValue):
    """What has attributes alone: an object of S4, a pointer."""

    type: str


__all__ = [
    "Attributes",
    "Labelled",
    "REnvironment",
    "RFunction",
    "RList",
    "ROther",
    "RPairs",
    "RTexts",
    "RValue",
    "RVector",
]
