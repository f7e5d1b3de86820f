# SPDX-License-Identifier: Apache-2.0
"""What a mutant is: an edit to a copy of a project, and what `repro verify` must say of it.

A mutant is run like this:

1. copy the project of `example`, without `out/` and `.repro/`;
2. do `before`, then `repro verify` and `repro accept`: this is the baseline. Where that run
   already fails, its verdict is the mutant's verdict;
3. do `after`; where `moved`, rename the project's folder;
4. `repro verify --json` with `environ` added to the environment, and compare.

A defect that is planted `before` is in the baseline too, so nothing that was declared changes and
the verdict must come from the outputs alone. Planted `after`, the edit itself is a material.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from repro_action.digest import digest_bytes
from repro_action.errors import ReproError
from repro_action.fingerprint import MaterialKind
from repro_action.verdict import Verdict

Edit = Callable[[Path], object]
Example = Literal["tiny", "wine", "digits"]

HERE = Path(__file__).parent
PROJECTS: Mapping[Example, Path] = {
    "tiny": HERE / "tiny",
    "wine": HERE.parents[1] / "examples" / "wine",
    "digits": HERE.parents[1] / "examples" / "digits",
}


@dataclass(frozen=True, slots=True, order=True)
class Material:
    """Materials that the report must list as changed.

    Attributes:
        kind: their kind.
        name: as recorded; a glob where one setting stands for several.
    """

    kind: MaterialKind
    name: str

    def matches(self, kind: str, name: str) -> bool:
        """Whether this stands for a material of the report."""
        return kind == self.kind and (name == self.name or fnmatchcase(name, self.name))


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where outputs must be said to differ.

    Attributes:
        path: a product or metrics file.
        leaf: the beginning of a leaf's path in it, or a metric's name; empty for any.
    """

    path: str
    leaf: str = ""


def nothing(root: Path) -> None:
    """Leave the copy as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One row of the table.

    Attributes:
        name: unique; the test's id.
        example: which project is copied.
        why: what would go wrong for a user if the verdict were another.
        before, after: edits before and after the baseline is accepted.
        environ: added to the environment of the second `repro verify`.
        moved: the project lies elsewhere when it is verified.
        expected: the verdict.
        acceptable: other verdicts that are right on other machines; empty almost always.
        materials: exactly those that differ; None where the machine decides.
        ruled_out: those among `materials` that cannot have caused the first difference.
        places: differences that must be named; there may be more.
        step: the first step that differs, or that failed.
        flaky: of `drifted`: whether the repeated run disagreed with itself.
        error: class of the failure, where `expected` is `failed`.
        says: words that the report must hold, such as the file or the step that failed.
        never: files that must not exist afterwards, relative to the project.
        needs: what the machine must have: `index` for a package index, `sandbox` for a way of enclosing steps.
        doubt: what the design leaves open, for whoever decides it.
    """

    name: str
    why: str
    expected: Verdict
    example: Example = "tiny"
    before: Edit = nothing
    after: Edit = nothing
    environ: Mapping[str, str] = field(default_factory=dict)
    moved: bool = False
    acceptable: frozenset[Verdict] = frozenset()
    materials: tuple[Material, ...] | None = ()
    ruled_out: tuple[Material, ...] = ()
    places: tuple[Place, ...] = ()
    step: str = ""
    flaky: bool | None = None
    error: type[ReproError] | None = None
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    needs: frozenset[str] = frozenset()
    doubt: str = ""


def swap(file: str, old: str, new: str) -> Edit:
    """Replace a text that occurs exactly once; anything else is an error of the table."""

    def edit(root: Path) -> None:
        path = root / file
        text = path.read_text(encoding="utf-8")
        found = text.count(old)
        if found != 1:
            raise AssertionError(f"{file}: {old!r} occurs {found} times")
        path.write_text(text.replace(old, new), encoding="utf-8")

    return edit


def prepend(file: str, text: str) -> Edit:
    """Put text in front of a file."""

    def edit(root: Path) -> None:
        path = root / file
        path.write_text(text + path.read_text(encoding="utf-8"), encoding="utf-8")

    return edit


def append(file: str, text: str) -> Edit:
    """Put text behind a file."""

    def edit(root: Path) -> None:
        path = root / file
        path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")

    return edit


def remove(file: str) -> Edit:
    """Delete a file."""
    return lambda root: (root / file).unlink()


def chain(*edits: Edit) -> Edit:
    """Do several edits in order."""

    def edit(root: Path) -> None:
        for one in edits:
            one(root)

    return edit


def flip(file: str, text: str, position: int) -> Edit:
    """Flip the lowest bit of one character of a text that occurs exactly once."""
    flipped = text[:position] + chr(ord(text[position]) ^ 1) + text[position + 1 :]
    return swap(file, text, flipped)


def lines(file: str, change: Callable[[list[str]], list[str]]) -> Edit:
    """Change the lines of a text file; line ends stay with their lines."""

    def edit(root: Path) -> None:
        path = root / file
        lines = path.read_bytes().decode().splitlines(keepends=True)
        path.write_bytes("".join(change(lines)).encode())

    return edit


def repin(file: str) -> Edit:
    """Write the digest of a data file, as it now is, into repro.toml."""

    def edit(root: Path) -> None:
        config = root / "repro.toml"
        digest = digest_bytes("blake3", (root / file).read_bytes())
        entry = re.compile(rf'(path = "{re.escape(file)}"\ndigest = ")[^"]+"')
        text, found = entry.subn(rf'\g<1>{digest}"', config.read_text(encoding="utf-8"))
        if found != 1:
            raise AssertionError(f"{file} is pinned {found} times")
        config.write_text(text, encoding="utf-8")

    return edit


def config(old: str, new: str) -> Edit:
    """Replace a text in repro.toml."""
    return swap("repro.toml", old, new)


OPEN = config("network = false", 'network = false\nfiles = "any"')
"""Let steps read what they do not declare, as on a machine that cannot enclose them."""

ENCLOSED = config("network = false", "network = false\nrequired = true")
"""Refuse to run without a sandbox, so that what it does is what is tested."""
