# SPDX-License-Identifier: Apache-2.0
"""Excel's `.xlsx`: the values of each sheet by column, and formulas by cell.

How cells look, where texts are kept and when the file was made is left out by rules; what is neither, such as
pictures and macros, is read as the members of an archive are. See ECMA-376, part 1, "SpreadsheetML".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.archives.archive_file import zip_members
from repro_action.readers.arrays import key_segment, name_segment, text_leaf
from repro_action.readers.protocol import ReadContext, Source, too_large
from repro_action.readers.sources import ZipMember
from repro_action.readers.tables.columns import column
from repro_action.readers.whole import SizeLimit
from repro_action.readers.xml_stream import new_parser, parse_xml
from repro_action.tree import Excluded, Node, Tree, branch

RULE = "excel-look"
_LOOK = re.compile(r"xl/(?:styles\.xml|theme/.*|calcChain\.xml|metadata\.xml)|docProps/app\.xml")
_WIRING = re.compile(
    r"\[Content_Types\]\.xml|(?:.*/)?_rels/[^/]*\.rels|xl/workbook\.xml|xl/sharedStrings\.xml"
)
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_CELL = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_WHOLE = re.compile(r"-?\d{1,15}")
_CELL_MEMORY = 64
"""Part of the limit of memory that allows a cell of a sheet, or a text that cells share."""


@dataclass(slots=True)
class _Sheet:
    cells: dict[tuple[int, str], object] = field(default_factory=dict)
    formulas: dict[str, str] = field(default_factory=dict)


class ExcelReader:
    """Reads workbooks."""

    name = "excel"
    size_limit = SizeLimit(also=f"cells of a sheet, with the empty ones: {{count/{_CELL_MEMORY}}}")

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the magic number and the suffix."""
        return head.startswith(b"PK\3\4") and source.name.lower().endswith((".xlsx", ".xlsm"))

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read every sheet.

        Raises:
            ArtifactUnreadable: damaged, no workbook, or beyond a limit.
        """
        parts: dict[str, ZipMember] = {}
        children: list[tuple[str, Node]] = []
        excluded: list[Excluded] = []
        for member in zip_members(source, context):
            if _LOOK.fullmatch(member.name):
                excluded.append(Excluded(path=member.name, rule=RULE))
            elif _WIRING.fullmatch(member.name) or _SHEET.fullmatch(member.name):
                if member.name in parts:
                    raise ArtifactUnreadable(f"its member {member.name[:80]!r} appears twice")
                parts[member.name] = member
            elif not member.info.is_dir():
                tree = context.descend(member)
                children.append((name_segment(member.name), tree.root))
                excluded += [replace(one, path=f"{member.name}.{one.path}") for one in tree.excluded]
        names = _sheets(parts, context)
        shared = _shared(parts.get("xl/sharedStrings.xml"), context)
        for path in sorted(parts):
            if _SHEET.fullmatch(path):
                if path not in names:
                    raise ArtifactUnreadable(f"the workbook has no sheet {path[:80]!r}")
                children.append((name_segment(names[path]), _sheet(parts[path], shared, context)))
        order = ", ".join(names.values())
        children.append((".sheets", text_leaf(order, context)))
        root = branch(children, type="workbook", algorithm=context.digester.algorithm)
        return Tree(format=self.name, root=root, excluded=tuple(excluded))


def _parse(
    part: ZipMember,
    context: ReadContext,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Parse a part; names come without their namespace."""
    parser = new_parser()
    parser.StartElementHandler = lambda name, table: start(
        name.rpartition("}")[2], {key.rpartition("}")[2]: value for key, value in table.items()}
    )
    parser.EndElementHandler = lambda name: end(name.rpartition("}")[2]) if end else None
    parser.CharacterDataHandler = text
    parse_xml(parser, part, context)


def _sheets(parts: dict[str, ZipMember], context: ReadContext) -> dict[str, str]:
    """Return the names of the sheets by their member."""
    targets: dict[str, str] = {}
    names: dict[str, str] = {}

    def relation(name: str, table: dict[str, str]) -> None:
        if name == "Relationship":
            target = table.get("Target", "")
            targets[table.get("Id", "")] = (
                target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            )

    def sheet(name: str, table: dict[str, str]) -> None:
        if name == "sheet":
            names[targets.get(table.get("id", ""), "")] = table.get("name", "")

    if "xl/workbook.xml" not in parts or "xl/_rels/workbook.xml.rels" not in parts:
        raise ArtifactUnreadable("it is not a workbook")
    _parse(parts["xl/_rels/workbook.xml.rels"], context, relation)
    _parse(parts["xl/workbook.xml"], context, sheet)
    if len({*names.values()}) != len(names):
        raise ArtifactUnreadable("two sheets have the same name")
    return names


def _shared(part: ZipMember | None, context: ReadContext) -> list[str]:
    found: list[str] = []
    most = context.limits.memory // _CELL_MEMORY
    inside: list[str] = []

    def start(name: str, table: dict[str, str]) -> None:
        del table
        inside.append(name)
        if name == "si":
            found.append("")
            if len(found) > most:
                raise too_large("its cells share more strings", f"{most} texts")

    def text(piece: str) -> None:
        # Phonetic readings of a text stand beside it.
        if inside and inside[-1] == "t" and "rPh" not in inside:
            found[-1] += piece

    def end(name: str) -> None:
        del name
        inside.pop()

    if part is not None:
        _parse(part, context, start, end, text)
    return found


def _sheet(part: ZipMember, shared: list[str], context: ReadContext) -> Node:
    sheet = _Sheet()
    most = context.limits.memory // _CELL_MEMORY
    state = {"cell": "", "type": "n", "value": "", "formula": "", "tag": ""}

    def start(name: str, table: dict[str, str]) -> None:
        state["tag"] = name
        if name == "c":
            state.update(cell=table.get("r", ""), type=table.get("t", "n"), value="", formula="")

    def text(piece: str) -> None:
        if state["tag"] in {"v", "t"}:
            state["value"] += piece
        elif state["tag"] == "f":
            state["formula"] += piece

    def end(name: str) -> None:
        state["tag"] = ""
        if name == "c":
            _add(sheet, state, shared)
            if len(sheet.cells) > most:
                raise too_large("a sheet has more cells", f"{most} cells")

    _parse(part, context, start, end, text)
    letters = sorted({letter for _, letter in sheet.cells}, key=lambda letter: (len(letter), letter))
    rows = sorted({row for row, _ in sheet.cells})
    if len(letters) * len(rows) > most:
        raise too_large(f"a sheet has {len(letters) * len(rows)} cells", f"{most} cells")
    header = _header(sheet, letters, rows)
    children: list[tuple[str, Node]] = []
    for letter in letters:
        below = rows[1:] if header else rows
        cells = [sheet.cells.get((row, letter)) for row in below]
        children.append(
            (name_segment(header[letter]) if header else key_segment(letter), column(cells, context))
        )
    formulas = [(key_segment(cell), text_leaf(formula, context)) for cell, formula in sheet.formulas.items()]
    if formulas:
        children.append((".formulas", branch(formulas, algorithm=context.digester.algorithm)))
    if rows != list(range(1, len(rows) + 1)):
        children.append((".rows", column(list(rows), context)))
    return branch(children, type="table", ordered=True, algorithm=context.digester.algorithm)


def _header(sheet: _Sheet, letters: list[str], rows: list[int]) -> dict[str, str]:
    first = {letter: sheet.cells.get((rows[0], letter)) for letter in letters} if rows else {}
    names = {letter: text for letter, text in first.items() if isinstance(text, str) and text}
    return names if len({*names.values()}) == len(letters) and len(rows) > 1 else {}


def _add(sheet: _Sheet, state: dict[str, str], shared: list[str]) -> None:
    found = _CELL.fullmatch(state["cell"])
    if found is None or (int(found[2]), found[1]) in sheet.cells:
        raise ArtifactUnreadable(f"a cell {state['cell'][:20]!r} is malformed, or appears twice")
    if state["formula"]:
        sheet.formulas[state["cell"]] = state["formula"]
    value = _value(state["type"], state["value"], shared)
    if value is not None:
        sheet.cells[int(found[2]), found[1]] = value


def _value(kind: str, text: str, shared: list[str]) -> object:
    try:
        match kind:
            case "s":
                return shared[int(text)] if int(text) >= 0 else None
            case "b":
                return {"0": False, "1": True}[text]
            case "n":
                if not text:
                    return None
                return int(text) if _WHOLE.fullmatch(text) else float(text)
            case "e":
                return f"error {text}"
    except (ValueError, IndexError, KeyError) as error:
        raise ArtifactUnreadable(f"the value {text[:40]!r} of a cell is malformed") from error
    return text
