# SPDX-License-Identifier: Apache-2.0
"""XML as a tree of elements: JUnit's reports, PMML and others; their times are left out by rules.

A document with a DOCTYPE, and so with entities of its own, is not read. Space between elements, comments,
order of attributes and prefixes of names are the container's; what is written as Python writes a
number is one. Text behind an element is `@text[n]`, where n elements stand ahead of it. The namespace of an
element is a leaf where it is another than that of what encloses it.

The parser reads some of the document at a time. Once the elements fill their part of the memory, those that
follow are folded: each into a line, and a thousand side by side into one, `[2000…2999]`, so that a difference
names the thousand that it is in.
"""

from __future__ import annotations

import itertools
import operator
import re
from collections import Counter
from dataclasses import dataclass, field
from types import MappingProxyType

from repro_action.errors import ArtifactUnreadable
from repro_action.listing import folded, join
from repro_action.readers.arrays import number_leaf, text_leaf
from repro_action.readers.protocol import ReadContext, Source, size_text, too_large
from repro_action.readers.whole import SizeLimit
from repro_action.readers.xml_stream import new_parser, parse_xml
from repro_action.tree import Branch, Excluded, Leaf, Node, Tree, branch

_LISTED = 10_000
"""Times that are left out with a path each; of more, one path stands for all elements of a kind."""

_NODE = 1000
"""Bytes of memory that an element or attribute takes, about."""

_FOLDED = 1000
"""Elements side by side that are folded into one line."""

_INSTRUCTIONS = 10_000
_NUMBER = re.compile(r"-?\d{1,17}(?:\.\d{1,17})?(?:e[+-]\d{1,3})?")
_INDEX = re.compile(r"\[\d+\]")
_JUNIT = frozenset({"testsuite", "testsuites", "testcase"})
_TIMES = MappingProxyType(
    {
        "time": re.compile(r"[\d.e,+-]+"),
        "timestamp": re.compile(r"\d{4}-\d\d-\d\dT[\d:.+Z-]+"),
        "hostname": re.compile(r"[\w.-]+"),
    }
)
_TIMESTAMP = re.compile(r"\s*\d{4}-\d\d-\d\d[T ][\d:.+ Z-]+\s*")


@dataclass(slots=True)
class _Element:
    """An element that is open.

    Attributes:
        name: without its namespace.
        space: its namespace.
        path: from the root.
        attributes: as they are written.
        text: pieces of what stands in it, each with the number of children ahead of it.
        beside: instructions in it.
        children: elements that are listed, and lines that stand for many.
        few: folded ones that no line stands for yet.
        first: number of the first of these among all children.
        names: how many children there are of each name.
        count: how many there are of all names.
        listed: whether there was room for it when it began.
    """

    name: str
    space: str
    path: str
    attributes: dict[str, str]
    text: list[tuple[int, str]] = field(default_factory=list)
    beside: list[tuple[str, Node]] = field(default_factory=list)
    children: list[tuple[str, Node]] = field(default_factory=list)
    few: list[tuple[str, Node]] = field(default_factory=list)
    first: int = 0
    names: Counter[str] = field(default_factory=Counter)
    count: int = 0
    listed: bool = True


class XmlReader:
    """Reads `.xml` and `.pmml` files."""

    name = "xml"
    size_limit = SizeLimit(also="a text: {memory}; a tag: {memory/4}")

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the suffix."""
        return (
            source.name.lower().endswith((".xml", ".pmml", ".xmp"))
            and head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<"
        )

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the elements.

        Raises:
            ArtifactUnreadable: not valid XML, with a DOCTYPE, too deep, or with a text that is too long.
        """
        elements = _Elements(context)
        parser = new_parser()
        parser.StartElementHandler = elements.start
        parser.EndElementHandler = elements.end
        parser.CharacterDataHandler = elements.characters
        parser.ProcessingInstructionHandler = elements.instruction
        parse_xml(parser, source, context)
        root = branch(elements.document(), algorithm=context.digester.algorithm)
        excluded = [Excluded(path=path, rule=rule) for path, rule in elements.excluded]
        return Tree(format=self.name, root=root, excluded=tuple(excluded))


def _mixed(children: list[tuple[str, Node]]) -> bool:
    """Whether elements of several names are in another order than a branch without one has them in."""
    names = [segment.partition("[")[0] for segment, _ in children if segment.startswith(".")]
    return names != sorted(names)


class _Elements:
    def __init__(self, context: ReadContext) -> None:
        self.context = context
        self.stack = [_Element(name="", space="", path="", attributes={})]
        self.excluded: dict[tuple[str, str], None] = {}
        self.memory = 0
        self.text = 0
        self.instructions = 0

    def document(self) -> list[tuple[str, Node]]:
        """Return the outermost element, and instructions beside it."""
        outer = self.stack[0]
        return [*outer.children, *outer.beside]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.stack) > self.context.limits.depth:
            raise ArtifactUnreadable(f"it is nested more than {self.context.limits.depth} levels deep")
        listed = self.memory <= 2 * self.context.limits.memory
        if listed:
            self.memory += _NODE * (1 + len(attributes)) + sum(map(len, attributes.values()))
        above = self.stack[-1]
        space, _, name = name.rpartition("}")
        segment = f".{name}[{above.names[name]}]"
        above.names[name] += 1
        above.count += 1
        path = join(above.path, segment)
        self.stack.append(_Element(name=name, space=space, path=path, attributes=attributes, listed=listed))

    def characters(self, text: str) -> None:
        self.text += len(text)
        if self.text > self.context.limits.memory:
            most = size_text(self.context.limits.memory)
            raise too_large("the text of nested elements is longer", most)
        self.stack[-1].text.append((self.stack[-1].count, text))

    def instruction(self, target: str, data: str) -> None:
        # It changes how others read the document, so it is content.
        self.instructions += 1
        if self.instructions > _INSTRUCTIONS:
            raise ArtifactUnreadable(f"it has more than {_INSTRUCTIONS} instructions")
        element = self.stack[-1]
        self.memory += _NODE + len(data)
        element.beside.append((f".?{target}[{element.count}]", text_leaf(data, self.context)))

    def end(self, name: str) -> None:
        del name
        element = self.stack.pop()
        self.text -= sum(len(text) for _, text in element.text)
        above, node = self.stack[-1], self._branch(element)
        segment = f".{element.name}[{above.names[element.name] - 1}]"
        if element.listed:
            above.children.append((segment, node))
        else:
            self._fold(above, segment, node)

    def _fold(self, above: _Element, segment: str, node: Branch) -> None:
        """Add an element as a line, and make one line of many; what it took is free again."""
        if not above.few:
            above.first = above.count - 1
        above.few.append((segment, folded(node)))
        if len(above.few) >= _FOLDED:
            self._close(above)

    def _close(self, element: _Element) -> None:
        algorithm = self.context.digester.algorithm
        last = element.first + len(element.few) - 1
        many = branch(element.few, ordered=_mixed(element.few), algorithm=algorithm)
        element.children.append((f"[{element.first}…{last}]", folded(many)))
        element.few = []

    def _branch(self, element: _Element) -> Branch:
        if element.few:
            self._close(element)
        left = {
            key: value for key, value in element.attributes.items() if not self._time(element, key, value)
        }
        children: list[tuple[str, Node]] = [(f".@{key}", self._value(value)) for key, value in left.items()]
        if element.space != self.stack[-1].space:
            children.append((".@xmlns", text_leaf(element.space, self.context)))
        texts: dict[int, str] = {}
        for place, pieces in itertools.groupby(element.text, key=operator.itemgetter(0)):
            texts[place] = "".join(piece for _, piece in pieces)
        text = texts.pop(0, "")
        if element.name == "Timestamp" and self.stack[-1].name == "Header" and _TIMESTAMP.fullmatch(text):
            self._exclude(element.path, "pmml-timestamp")
        elif text.strip():
            self.memory += len(text) if element.listed else 0
            children.append((".text", self._value(text if not element.children else text.strip())))
        children += [
            (f".@text[{place}]", self._value(behind.strip()))
            for place, behind in texts.items()
            if behind.strip()
        ]
        ordered = _mixed(element.children)
        return branch(
            [*sorted(children, key=operator.itemgetter(0)), *element.beside, *element.children],
            ordered=ordered,
            algorithm=self.context.digester.algorithm,
        )

    def _value(self, text: str) -> Leaf:
        """Return a number where a text is one as Python writes it, so that no two texts are one number."""
        if _NUMBER.fullmatch(text):
            number = int(text) if text.lstrip("-").isdigit() else float(text)
            if repr(number) == text:
                return number_leaf(number, self.context)
        return text_leaf(text, self.context)

    def _time(self, element: _Element, key: str, value: str) -> bool:
        accidental = element.name in _JUNIT and key in _TIMES and bool(_TIMES[key].fullmatch(value))
        if accidental:
            self._exclude(f"{element.path}.@{key}", "junit-times")
        return accidental

    def _exclude(self, path: str, rule: str) -> None:
        entry = (path if len(self.excluded) < _LISTED else _INDEX.sub("[*]", path), rule)
        self.excluded[entry] = None
        if len(self.excluded) > 2 * _LISTED:
            raise ArtifactUnreadable(f"it has times in more than {_LISTED} kinds of places")
