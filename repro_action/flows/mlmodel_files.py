# SPDX-License-Identifier: Apache-2.0
"""Which files of an MLflow model its `MLmodel` says are loaded: they are compared in any case."""

from __future__ import annotations

import re

from repro_action.subjects.subject import FetchedSubject

NAME = "MLmodel"
_LARGEST = 1 << 20
_NOT_LOADED = frozenset({"env", "code"})
"""Keys of a flavor whose files are not the model: requirements, and Python code, of which a note tells."""

_ENTRY = re.compile(r"(?P<indent> *)(?:- +)?(?P<key>[A-Za-z_][\w.-]*):(?: +(?P<value>\S.*?))?\s*")
_ITEM = re.compile(r" *- +[^\s{}\[\]&*|>!\"%@`][^\n]*")
_SIMPLE = re.compile(
    r"'[ -&(-\[\]-~]*'|\"[ !#-\[\]-~]*\"|(?!.*: )[A-Za-z0-9_.~/-][A-Za-z0-9_ .~/:+=-]*|\{\}|\[\]"
)
_NOTHING = frozenset({"", "null", "~", "{}", "[]", "true", "false"})


def loaded_files(subject: FetchedSubject) -> frozenset[str]:
    """Return the files that its flavors name; all but `MLmodel` where it is not of MLflow's own plain form.

    Whoever writes the file chooses its form: what is not understood must not hide a file.
    """
    described = next((file for file in subject.files if file.path == NAME), None)
    if described is None:
        return frozenset()
    others = frozenset(file.path for file in subject.files if file.path != NAME)
    if described.size > _LARGEST:
        return others
    named = _named(described.place.read_text(encoding="utf-8", errors="replace"))
    if not named:
        return others
    return frozenset(
        path for path in others if any(path == one or path.startswith(f"{one}/") for one in named)
    )


def _named(text: str) -> set[str]:
    """Return the values of flavors; none where a line is not `key: value` in the form that MLflow writes."""
    named: set[str] = set()
    inside, hidden = False, 1 << 30
    for line in text.split("\n"):
        match = _ENTRY.fullmatch(line)
        indent = len(line) - len(line.lstrip(" "))
        if match is None:
            # Outside of flavors, what is indented belongs to another key.
            if line.strip() and (inside or not indent) and not _ITEM.fullmatch(line):
                return set()
            continue
        if indent == 0:
            inside = match["key"] == "flavors"
        if indent <= hidden:
            hidden = indent if match["key"] in _NOT_LOADED else 1 << 30
        value = match["value"] or ""
        if not inside or indent > hidden or (hidden == indent and match["key"] in _NOT_LOADED):
            continue
        if value and (indent == 0 or not _SIMPLE.fullmatch(value)):
            return set()
        if value not in _NOTHING:
            named.add(value.strip("'\"").removeprefix("./").rstrip("/"))
    return named
