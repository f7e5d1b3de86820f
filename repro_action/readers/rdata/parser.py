# SPDX-License-Identifier: Apache-2.0
"""R's serialization, versions 2 and 3.

Source: "R Internals", 1.8 "Serialization Formats", and `src/main/serialize.c` of R.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.json.binary_parser import BinaryParser
from repro_action.readers.rdata.altrep import expanded_altrep
from repro_action.readers.rdata.cursors import RCursor
from repro_action.readers.rdata.objects import (
    Attributes,
    Labelled,
    REnvironment,
    RFunction,
    RList,
    ROther,
    RPairs,
    RTexts,
    RValue,
    RVector,
)

if TYPE_CHECKING:
    import numpy as np

_NIL, _REFERENCE, _ALTREP = 254, 255, 238
_SYMBOL, _PAIRS, _CLOSURE, _ENVIRONMENT, _PROMISE, _CALL = 1, 2, 3, 4, 5, 6
_SPECIAL, _BUILTIN, _CHARACTERS, _DOTS, _BYTECODE, _POINTER, _WEAK, _S4 = 7, 8, 9, 17, 21, 22, 23, 25
_NUMBERS = MappingProxyType({10: "i4", 13: "i4", 14: "f8", 15: "c16", 24: "u1"})
_LISTS = MappingProxyType({19: "", 20: "expression"})
_PLACES = MappingProxyType(
    {
        241: "base environment",
        242: "empty environment",
        250: "base namespace",
        251: "missing argument",
        252: "unbound value",
        253: "global environment",
    }
)
_NAMED = MappingProxyType({247: "persistent", 248: "package", 249: "namespace"})
_BYTES, _LATIN = 1 << 1, 1 << 2
_ATTRIBUTES, _TAG = 1 << 9, 1 << 10
_MISSING = -(1 << 31)
_AGAIN, _DEFINED, _CALL_ATTRIBUTES, _PAIRS_ATTRIBUTES = 243, 244, 240, 239


@dataclass(slots=True)
class RParser(BinaryParser):
    """Parses one value; nothing of it is evaluated.

    Attributes:
        references: symbols, environments and the like, which are written once.
        made: bytes of sequences that are written as how they are made.
    """

    cursor: RCursor
    references: list[object] = field(default_factory=list)
    made: int = 0

    def item(self, depth: int) -> object:
        """Return the next value.

        Raises:
            ArtifactUnreadable: malformed, or beyond a limit.
        """
        return self._item(self.cursor.number("I"), depth)

    def _item(self, flags: int, depth: int) -> object:
        self.count(depth)
        kind = flags & 255
        if kind in {_PAIRS, _CALL, _DOTS, _CLOSURE, _PROMISE}:
            return self._pairs(flags, depth)
        if kind == _NIL:
            return None
        if kind in _PLACES:
            return Labelled(type="environment", value=_PLACES[kind])
        if kind == _REFERENCE:
            return self._reference(flags >> 8 or self.cursor.number("I"))
        return self._vector(flags, depth) if kind in _NUMBERS or kind in _LISTS else self._other(flags, depth)

    def _reference(self, number: int) -> object:
        if not 0 < number <= len(self.references):
            raise ArtifactUnreadable("it refers to a value that it does not have")
        found = self.references[number - 1]
        if isinstance(found, REnvironment):
            return Labelled(type="environment", value=f"the same as number {found.number}")
        return found

    def _length(self) -> int:
        length = self.cursor.number("i")
        if length == -1:
            length = self.cursor.number("I") << 32 | self.cursor.number("I")
        if not 0 <= length <= len(self.cursor.data):
            raise ArtifactUnreadable("a vector is longer than the file")
        return length

    def _vector(self, flags: int, depth: int) -> RValue:

        kind, length = flags & 255, self._length()
        value: RValue
        if kind in _LISTS:
            value = RList(values=[self.item(depth + 1) for _ in range(length)], type=_LISTS[kind])
        else:
            numbers = self.cursor.vector(_NUMBERS[kind], length)
            value = RVector(values=_logical(numbers) if kind == 10 else numbers)
        value.attributes = self._attributes(flags, depth)
        return value

    def _other(self, flags: int, depth: int) -> object:
        kind = flags & 255
        if kind == 16:
            texts = [self._characters() for _ in range(self._length())]
            return RTexts(values=texts, attributes=self._attributes(flags, depth))
        if kind == _SYMBOL:
            text = self._characters()
            self.references.append(Labelled(type="symbol", value="NA" if text is None else text))
            return self.references[-1]
        if kind == _ENVIRONMENT:
            return self._environment(depth)
        if kind in _NAMED:
            self.cursor.number("I")
            names = [self._characters() or "" for _ in range(self._length())]
            # The second is the version of the package, which is a circumstance and no content.
            self.references.append(Labelled(type=_NAMED[kind], value=names[0] if names else ""))
            return self.references[-1]
        if kind in {_SPECIAL, _BUILTIN}:
            return Labelled(type="builtin", value=self.cursor.text(self._length()))
        if kind == _ALTREP:
            name, state = self.item(depth + 1), self.item(depth + 1)
            found = expanded_altrep(name, state, self.context)
            self.made += found.values.nbytes if isinstance(found, RVector) else 0
            if self.made > self.context.limits.memory:
                raise ArtifactUnreadable("the sequences in it are too long")
            found.attributes = self._attributes(_ATTRIBUTES, depth)
            return found
        if kind in {_POINTER, _WEAK, _S4}:
            return self._opaque(kind, flags, depth)
        if kind == _BYTECODE:
            self.cursor.number("I")
            body = self._bytecode(depth, {})
            self._attributes(flags, depth)
            return body
        raise ArtifactUnreadable(f"it has a value of the type {kind}, which is not supported")

    def _opaque(self, kind: int, flags: int, depth: int) -> ROther:
        found = ROther(type={_POINTER: "external pointer", _WEAK: "weak reference"}.get(kind, "S4"))
        if kind != _S4:
            self.references.append(Labelled(type=found.type, value=f"number {len(self.references)}"))
        if kind == _POINTER:
            found.attributes = [("protected", self.item(depth + 1)), ("tag", self.item(depth + 1))]
        found.attributes += self._attributes(flags, depth)
        return found

    def _characters(self) -> str | None:
        """Return one text; None where it is missing."""
        flags = self.cursor.number("I")
        if flags & 255 != _CHARACTERS:
            raise ArtifactUnreadable("a string in it is malformed")
        self.count(0)
        size = self.cursor.number("i")
        if size == -1:
            return None
        latin = flags >> 12 & _LATIN
        if flags >> 12 & _BYTES:
            raise ArtifactUnreadable("a string in it is bytes without an encoding, which are not supported")
        return self.cursor.take(size).decode("latin-1" if latin else "utf-8", "surrogateescape")

    def _attributes(self, flags: int, depth: int) -> Attributes:
        if not flags & _ATTRIBUTES:
            return []
        found = self.item(depth + 1)
        if found is None:
            return []
        if not isinstance(found, RPairs) or len({name for name, _ in found.values}) != len(found.values):
            raise ArtifactUnreadable("the attributes of a value are malformed")
        return found.values

    def _pairs(self, flags: int, depth: int) -> object:
        """Return a list of pairs, whose rest follows each of them."""
        kind = flags & 255
        found = RPairs(type={_CALL: "call", _DOTS: "dots"}.get(kind, ""), values=[])
        while True:
            attributes = self._attributes(flags, depth)
            tag = self.item(depth + 1) if flags & _TAG else None
            value = self.item(depth + 1)
            if kind in {_CLOSURE, _PROMISE}:
                # Its environment is where the tag is otherwise.
                made = RFunction(
                    arguments=value, body=self.item(depth + 1), environment=tag, attributes=attributes
                )
                made.type = made.type if kind == _CLOSURE else "R promise"
                return made
            if not found.values:
                found.attributes = attributes
            elif attributes:
                raise ArtifactUnreadable(
                    "a part of a list has attributes of its own, which are not supported"
                )
            found.values.append((_name(tag), value))
            flags = self.cursor.number("I")
            if flags & 255 == _NIL:
                return found
            self.count(depth)
            if flags & 255 not in {_PAIRS, kind}:
                # Two values and no more, as R keeps what a vector is made of.
                found.type += "dotted"
                found.values.append(("", self._item(flags, depth + 1)))
                return found

    def _environment(self, depth: int) -> REnvironment:
        found = REnvironment(locked=self.cursor.number("I") != 0, number=len(self.references))
        self.references.append(found)
        found.enclosing, frame, table = (self.item(depth + 1) for _ in range(3))
        attributes = self.item(depth + 1)
        found.attributes = attributes.values if isinstance(attributes, RPairs) else []
        for part in [frame, *(table.values if isinstance(table, RList) else [])]:
            if part is not None and not isinstance(part, RPairs):
                raise ArtifactUnreadable("an environment is malformed")
            for name, value in part.values if part is not None else ():
                if name in found.variables:
                    raise ArtifactUnreadable("an environment has the same name twice")
                found.variables[name] = value
        return found

    def _bytecode(self, depth: int, seen: dict[int, object]) -> object:
        """Return what was compiled, which is the first constant; the code follows from it."""
        self.item(depth + 1)
        constants = []
        for _ in range(self._length()):
            kind = self.cursor.number("I")
            if kind == _BYTECODE:
                constants.append(self._bytecode(depth + 1, seen))
            else:
                constants.append(self._constant(kind, depth + 1, seen))
        return constants[0] if constants else None

    def _constant(self, kind: int, depth: int, seen: dict[int, object]) -> object:
        if kind == _AGAIN:
            return seen.get(self.cursor.number("I"))
        if kind not in {_CALL, _PAIRS, _DEFINED, _CALL_ATTRIBUTES, _PAIRS_ATTRIBUTES}:
            return self.item(depth)
        number = -1
        if kind == _DEFINED:
            number, kind = self.cursor.number("I"), self.cursor.number("I")
        found = RPairs(type="call" if kind in {_CALL, _CALL_ATTRIBUTES} else "", values=[])
        if number >= 0:
            seen[number] = found
        while True:
            self.count(depth)
            if kind in {_CALL_ATTRIBUTES, _PAIRS_ATTRIBUTES}:
                attributes = self.item(depth + 1)
                found.attributes = found.attributes or (
                    attributes.values if isinstance(attributes, RPairs) else []
                )
            tag = self.item(depth + 1)
            found.values.append((_name(tag), self._constant(self.cursor.number("I"), depth + 1, seen)))
            kind = self.cursor.number("I")
            if kind not in {_CALL, _PAIRS, _CALL_ATTRIBUTES, _PAIRS_ATTRIBUTES}:
                rest = self._constant(kind, depth + 1, seen)
                found.values += rest.values if isinstance(rest, RPairs) and rest is not found else []
                return found


def _logical(numbers: np.ndarray) -> np.ndarray:
    """Return booleans; where some are missing, numbers of a byte, which R has no vectors of."""
    missing = numbers == _MISSING
    if ((numbers != 0) & (numbers != 1) & ~missing).any():
        raise ArtifactUnreadable("a logical value in it is neither true nor false")
    if not missing.any():
        return numbers.astype("?")
    found = numbers.astype("i1")
    found[missing] = -1
    return found


def _name(tag: object) -> str:
    return tag.value if isinstance(tag, Labelled) and isinstance(tag.value, str) else ""
