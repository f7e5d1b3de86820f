# SPDX-License-Identifier: Apache-2.0
"""What is known of a changed file beyond its digest, from the commit that accepted the baseline."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Collection

from repro_action.compare.materials import MaterialDifference
from repro_action.data.changes import is_table, rows_changed, table_changes
from repro_action.digest import ALGORITHMS, digest_bytes
from repro_action.findings.edits import FileEdit, line_edit
from repro_action.findings.suspects import Key
from repro_action.fingerprint import MaterialKind
from repro_action.interpreter.trusted import is_of_project
from repro_action.pyanalysis.parse import parse_source
from repro_action.runs.project import Project

_MAX_BYTES = 32 << 20
_MAX_FILES = 20
_SHOWN_LINE = 100


def edits_of(
    project: Project, found: Collection[MaterialDifference], *, since: str = "", perhaps: str = ""
) -> dict[Key, FileEdit]:
    """Describe changed code and data files, such as `+120 rows` or `3 lines changed`.

    The old content is taken from git, and only believed if it has the digest that the
    baseline recorded.

    Args:
        project: the project.
        found: materials that differ.
        since: the commit with the old content; empty for the one that accepted the baseline.
        perhaps: another that may have it, such as a pull request's base in a shallow clone.
    """
    files = [
        one
        for one in found
        if one.kind in {MaterialKind.CODE, MaterialKind.DATA} and one.in_before and one.in_after
    ]
    if not files:
        return {}
    accepted = project.history.last_change(project.config.baseline_path.name)
    commits = [since] if since else [commit for commit in (accepted, perhaps, "HEAD") if commit]
    edits: dict[Key, FileEdit] = {}
    for one in files[:_MAX_FILES]:
        old = next((data for commit in commits if (data := _old(project, commit, one)) is not None), None)
        new = present_content(project, one.name)
        if old is not None and new is not None:
            edits[one.kind, one.name] = _edit(old, new, one)
    return {key: edit for key, edit in edits.items() if edit.text}


def _edit(old: bytes, new: bytes, found: MaterialDifference) -> FileEdit:
    if is_table(found.name):
        return FileEdit(text=_table(old, new, found.name))
    # Of a program that is data, as for a language model, comments are content.
    if found.kind is MaterialKind.CODE and found.name.endswith(".py"):
        return program_or_lines(old, new)
    return FileEdit(text=lines_changed(old, new))


def program_or_lines(old: bytes, new: bytes) -> FileEdit:
    """Describe a changed file of Python."""
    if _same_program(old, new):
        return FileEdit(text="only comments or layout changed", same_program=True)
    return FileEdit(text=lines_changed(old, new))


def _same_program(old: bytes, new: bytes) -> bool:
    """Whether two files of Python differ in nothing that the compiler keeps but the numbers of lines."""
    before, after = parse_source(old), parse_source(new)
    if before is None or after is None:
        return False
    try:
        return ast.dump(before) == ast.dump(after)
    except (RecursionError, MemoryError, ValueError):  # ValueError: an integer too long to be written
        return False


def _old(project: Project, commit: str, found: MaterialDifference) -> bytes | None:
    data = project.history.read(commit, found.name)
    algorithm, _, value = str(found.before).partition(":")
    if data is None or algorithm not in ALGORITHMS or len(data) > _MAX_BYTES:
        return None
    return data if digest_bytes(algorithm, data).value == value else None


def earlier_content(project: Project, name: str, *, base: str, accepted: bool) -> bytes | None:
    """Return a file as it was earlier; None where git does not have it.

    Args:
        project: the project.
        name: of the file, relative to the project.
        base: a commit that may have it, such as a pull request's base; empty for none.
        accepted: whether the commit that accepted the baseline is asked first.
    """
    first = project.history.last_change(project.config.baseline_path.name) if accepted else None
    found = (project.history.read(commit, name) for commit in (first, base) if commit)
    return next((data for data in found if data is not None and len(data) <= _MAX_BYTES), None)


def present_content(project: Project, name: str) -> bytes | None:
    """Return a file of the project; None where it is not there, or large, or a link that leads out of it."""
    path = project.config.root / name
    try:
        if not is_of_project(project.config.root, path):
            return None
        return path.read_bytes() if path.is_file() and path.stat().st_size <= _MAX_BYTES else None
    except (OSError, ValueError):
        return None


def _table(old: bytes, new: bytes, name: str) -> str:
    """Say in a few words what changed: columns and rows, without the lines themselves."""
    changes = [line for line in table_changes(old, new, name) if not line.startswith((" ", "The first line"))]
    added, removed = rows_changed(old, new)
    if not changes or not (added or removed):
        return " ".join(changes[:2]).removesuffix(".")
    counts = " ".join([*([f"+{added}"] if added else []), *([f"-{removed}"] if removed else [])])
    columns = [line.removesuffix(".") for line in changes[:-1]]
    return ", ".join([*columns[:1], f"{counts} {'row' if added + removed == 1 else 'rows'}"])


def lines_changed(old: bytes, new: bytes) -> str:
    """Say in a few words what changed in a file: one edited line as itself, else how many lines."""
    if b"\0" in old or b"\0" in new:
        return f"{len(old)} → {len(new)} bytes" if len(old) != len(new) else "changed, same size"
    before, after = old.decode("utf-8", "replace").splitlines(), new.decode("utf-8", "replace").splitlines()
    if len(before) + len(after) > 20_000:
        return ""
    changes = list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:]
    added = [line[1:] for line in changes if line.startswith("+")]
    removed = [line[1:] for line in changes if line.startswith("-")]
    if len(added) == len(removed) == 1 and (edit := line_edit(removed[0], added[0])):
        return edit
    if len(added) + len(removed) == 1:
        line = (added or removed)[0].strip()
        if line and len(line) <= _SHOWN_LINE:
            # Quoted, so that Markdown does not take it for words of the sentence.
            quoted = line if "`" in line else f"`{line}`"
            return f"{quoted} {'added' if added else 'removed'}"
    return f"+{len(added)} -{len(removed)} lines" if added or removed else "only line endings changed"
