# SPDX-License-Identifier: Apache-2.0
"""XML as a tree of elements: JUnit's reports, PMML and others; their times are left out by rules.

A document with a DOCTYPE, and so with entities of its own, is not read. Space between elements, comments,
order of attributes and prefixes of names are the container's; a number in an attribute is a number.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from types import MappingProxyType
from xml.parsers import expat

from repro_action.errors import ArtifactUnreadable
from repro_action.listing import join
from repro_action.readers.arrays import text_leaf
from repro_action.readers.cursor import whole
from repro_action.readers.protocol import ReadContext, Source
from repro_action.tree import Excluded, Node, Tree, branch

_MOST = 10_000
_JUNIT = frozenset({"testsuite", "testsuites", "testcase"})
_TIMES = MappingProxyType(
    {
        "time": re.compile(r"[\d.e,+-]+"),
        "timestamp": re.compile(r"\d{4}-\d\d-\d\dT[\d:.+Z-]+"),
        "hostname": re.compile(r"[\w.-]+"),
    }
)
_STAMP = re.compile(r"\s*\d{4}-\d\d-\d\d[T ][\d:.+ Z-]+\s*")


@dataclass(slots=True)
class _Element:
    name: str
    path: str
    attributes: dict[str, str]
    text: list[str] = field(default_factory=list)
    children: list[tuple[str, Node]] = field(default_factory=list)
    names: Counter[str] = field(default_factory=Counter)


class XmlReader:
    """Reads `.xml` and `.pmml` files."""

    name = "xml"

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the suffix."""
        return (
            source.name.lower().endswith((".xml", ".pmml", ".xmp"))
            and head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<"
        )

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the elements.

        Raises:
            ArtifactUnreadable: not valid XML, with a DOCTYPE, too deep or too large.
        """
        data = whole(source, context, copies=12)
        elements = _Elements(context)
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler = elements.start
        parser.EndElementHandler = elements.end
        parser.CharacterDataHandler = elements.characters
        parser.ProcessingInstructionHandler = elements.instruction
        parser.StartDoctypeDeclHandler = elements.doctype
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise ArtifactUnreadable(f"not valid XML: {error}") from error
        root = branch(elements.stack[0].children, algorithm=context.digester.algorithm)
        return Tree(format=self.name, root=root, excluded=tuple(elements.excluded))


class _Elements:
    def __init__(self, context: ReadContext) -> None:
        self.context = context
        self.stack = [_Element(name="", path="", attributes={})]
        self.excluded: list[Excluded] = []
        self.nodes = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.nodes += 1 + len(attributes)
        if len(self.stack) > self.context.limits.depth or 2000 * self.nodes > 4 * self.context.limits.memory:
            raise ArtifactUnreadable("it is nested too deep, or has too many elements")
        if self.nodes % 1024 == 0:
            self.context.check_time()
        above = self.stack[-1]
        segment = f".{name}[{above.names[name]}]"
        above.names[name] += 1
        self.stack.append(_Element(name=name, path=join(above.path, segment), attributes=attributes))

    def characters(self, text: str) -> None:
        self.stack[-1].text.append(text)

    def instruction(self, target: str, data: str) -> None:
        # It changes how others read the document, so it is content.
        self.stack[-1].text.append(f"<?{target} {data}?>")

    def doctype(self, *_: object) -> None:
        raise ArtifactUnreadable("it has a DOCTYPE, whose entities are not read")

    def end(self, name: str) -> None:
        element = self.stack.pop()
        plain = name.rpartition("}")[2]
        left = {
            key: value
            for key, value in element.attributes.items()
            if not self._time(element, plain, key, value)
        }
        children: list[tuple[str, Node]] = [
            (f".@{key}", text_leaf(value, self.context)) for key, value in left.items()
        ]
        text = "".join(element.text)
        if (
            plain == "Timestamp"
            and self.stack[-1].name.rpartition("}")[2] == "Header"
            and _STAMP.fullmatch(text)
        ):
            self._exclude(element.path, "pmml-timestamp")
        elif text.strip():
            children.append(
                (".text", text_leaf(text if not element.children else text.strip(), self.context))
            )
        self.stack[-1].children.append(
            (
                f".{name}[{self.stack[-1].names[name] - 1}]",
                branch([*children, *element.children], algorithm=self.context.digester.algorithm),
            )
        )

    def _time(self, element: _Element, plain: str, key: str, value: str) -> bool:
        accidental = plain in _JUNIT and key in _TIMES and bool(_TIMES[key].fullmatch(value))
        if accidental:
            self._exclude(f"{element.path}.@{key}", "junit-times")
        return accidental

    def _exclude(self, path: str, rule: str) -> None:
        if len(self.excluded) >= _MOST:
            raise ArtifactUnreadable(f"it has more than {_MOST} times")
        self.excluded.append(Excluded(path=path, rule=rule))
