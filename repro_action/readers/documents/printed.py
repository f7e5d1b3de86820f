# SPDX-License-Identifier: Apache-2.0
"""What a step prints: its words as one leaf, its numbers as one array for each word ahead of them.

`epoch 3 loss 0.25` is the line `epoch {} loss {}`, the element `[2]` of `epoch`, and that of `loss`. How a
number is written is content, too: `0.50` is not `0.5`, though a tolerance may accept it.
Parts that `ACCIDENTAL` names are left out; only what a step prints is read so, because the configuration
says so, never a file that looks like it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from repro_action.readers.arrays import also_covering, array_leaf, key_segment, text_array_leaf
from repro_action.readers.documents.text_file import read_text
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.whole import SizeLimit
from repro_action.tree import Excluded, Leaf, Node, Tree, branch

_LARGEST = 64 << 20
"""Bytes; what is longer is one text."""

_LABELS = 1_000
"""Names of arrays; further numbers share one."""

_ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")

_UNIT = r"(?: ?(?:ns|us|µs|μs|ms|s|secs?|seconds?|mins?|minutes?|hours?)|m|h)"
_DECIMAL = r"[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?"

ACCIDENTAL: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "printed-bars",
        # tqdm: `40%|████   | 4/10 [00:01<00:02, 3.2it/s`; what follows the rate is content.
        re.compile(
            r"(?<![0-9])[0-9]{1,3}%\|[^|]{0,300}\|[^\[]{0,60}\[[0-9:?]{1,12}<[0-9:?]{1,12}, *[^,\]]{1,30}"
        ),
    ),
    (
        "printed-times",
        re.compile(
            r"(?<![\w.])(?:[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?"
            r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?|[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?)(?![\w])"
        ),
    ),
    (
        "printed-durations",
        re.compile(
            rf"(?<![\w.])(?:{_DECIMAL}{_UNIT}(?:/(?:step|epoch|it|iter|batch|sample))?"
            rf"|{_DECIMAL} ?(?:it|samples|examples|tokens|steps|images)/s(?:ec)?)(?![\w/])"
        ),
    ),
    ("printed-paths", re.compile(r"(?<![\w/.:])(?:/[\w.+@~-]+){2,}/?")),
    ("printed-addresses", re.compile(r"\b0x[0-9a-fA-F]{6,}\b")),
)
"""Name of the rule → what it leaves out; in this order, so that a bar's times are the bar's."""

NUMBER = re.compile(
    r"(?<![\w.])[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?(?!\w|\.[0-9])"
    r"|(?<!\w)[-+]?(?:nan|inf)(?!\w)"
)
_WORD = re.compile(r"[^\W\d]\w*(?=[^\w]*\Z)")
_NEAR = 60
"""Characters ahead of a number in which its name is looked for."""

_SPANS = re.compile(r"(?i)(?:elapsed|duration|runtime|took|eta|(?:\w+_)?(?:time|seconds|secs?))")
"""Names of numbers that are durations without a unit."""

_EXACT = 15
"""Digits of a number that float64 tells apart; an identifier with more is a word."""


class PrintedReader:
    """Reads what a step printed; asked by the configuration, not by the registry."""

    name = "printed"
    size_limit = SizeLimit(also="64 MiB; beyond, text")

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Say no: nothing about a file says that it is one."""
        del source, head
        return False

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read words and numbers.

        Raises:
            ArtifactUnreadable: not UTF-8, or time is up.
        """
        if source.size > _LARGEST:
            return read_text(source, context, f"printed: it is larger than {_LARGEST} bytes")
        with source.open() as file:
            data = file.read()
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return read_text(source, context)
        printed = _Printed()
        for number, line in enumerate(text.removesuffix("\n").split("\n") if text else []):
            if number % 4096 == 0:
                context.check_time()
            printed.add(line)
        root = branch(printed.leaves(context), type="printed", algorithm=context.digester.algorithm)
        excluded = tuple(Excluded(path=f"[{rule}]", rule=rule) for rule in sorted(printed.rules))
        return Tree(format=self.name, root=root, excluded=excluded)


@dataclass(slots=True)
class _Printed:
    """Lines without their accidental parts and numbers, and the numbers by name."""

    lines: list[str] = field(default_factory=list)
    numbers: dict[str, list[str]] = field(default_factory=dict)
    rules: set[str] = field(default_factory=set)

    def add(self, line: str) -> None:
        kept = self._shown(line).replace("{", "{{")
        for rule, pattern in ACCIDENTAL:
            kept, count = pattern.subn(f"{{{rule}}}", kept)
            if count:
                self.rules.add(rule)
        self.lines.append(self._words(kept))

    def _shown(self, line: str) -> str:
        """Return what stays on the screen of a line: what a carriage return draws over is gone."""
        if "\x1b" in line:
            line, count = _ANSI.subn("", line)
            if count:
                self.rules.add("printed-colours")
        line = line.removesuffix("\r")
        if "\r" in line:
            self.rules.add("printed-bars")
            line = next((part for part in reversed(line.split("\r")) if part.strip()), "")
        return line

    def _words(self, line: str) -> str:
        found: list[str] = []
        seen: Counter[str] = Counter()
        end, name = 0, ""
        for match in NUMBER.finditer(line):
            if match[0].lstrip("+-").isdigit() and len(match[0]) > _EXACT:
                continue
            between = line[end : match.start()]
            word = _WORD.search(between[-_NEAR:])
            name = word[0] if word is not None else name
            if _SPANS.fullmatch(name):
                self.rules.add("printed-durations")
                found += [between, "{printed-durations}"]
            else:
                seen[name] += 1
                self._number(name if seen[name] == 1 else f"{name}#{seen[name]}", match[0])
                found += [between, "{}"]
            end = match.end()
        return "".join([*found, line[end:]])

    def _number(self, label: str, text: str) -> None:
        if label not in self.numbers and len(self.numbers) >= _LABELS:
            label = ""
        self.numbers.setdefault(label, []).append(text)

    def leaves(self, context: ReadContext) -> list[tuple[str, Node]]:
        words: tuple[str, Node] = ("[words]", text_array_leaf(self.lines, context))
        return [
            words,
            *((key_segment(name), number_column(cells, context)) for name, cells in self.numbers.items()),
        ]


def number_column(cells: list[str], context: ReadContext) -> Leaf:
    """Return numbers as an array, whose digest covers how they are written, too."""
    import numpy as np

    leaf = array_leaf(np.array([float(cell) for cell in cells], "<f8"), context)
    return also_covering(leaf, "\n".join(cells).encode(), context)
