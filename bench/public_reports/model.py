# SPDX-License-Identifier: Apache-2.0
"""What a public report is here: a project of our own, and what repro must say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

PROJECTS = Path(__file__).parent / "projects"
MARK = "  # cause"
SCRIPT = "train.py"


class Answer(StrEnum):
    """A right verdict."""

    REPRODUCED = "reproduced"
    FLAKY = "drifted (flaky)"
    CHANGED = "changed"
    DEPENDS = "depends"
    """Of `repro probe`: outputs depend on a variation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """The right answer.

    Attributes:
        answer: the verdict.
        cause: what stands first among the causes: `line` for a marked line of the script, the name of a
            value's kind (`time-value`), of a material (`code:train.py`), or of the hint; of what is
            reproduced, the rules that leave something out of equality, all of them; empty for nothing.
        kinds: of the finding at that line, any of which is right.
        remedy: a pattern that the remedy of that cause has; empty where there is nothing to do.
    """

    answer: Answer
    cause: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset()
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicReport:
    """One row.

    Attributes:
        name: of the script.
        issue: `owner/name#number`, on GitHub.
        says: what was reported, in one line.
        right: the right answer, to the second verify after `accept`.
        needs: modules that the script imports.
        outputs: that the step declares.
        data: path → text, read by the script.
        edit: path, what is replaced and by what, between `accept` and the last verify.
        verifies: how often to ask at most, until something differs: races show seldom.
        profile: of determinism.
    """

    name: str
    issue: str
    says: str
    right: Right
    outputs: tuple[str, ...]
    needs: tuple[str, ...] = ()
    data: Mapping[str, str] = field(default_factory=dict)
    edit: tuple[str, str, str] | None = None
    verifies: int = 1
    profile: str = "portable"

    @property
    def source(self) -> str:
        """The script, with its marks."""
        return (PROJECTS / f"{self.name}.py").read_text(encoding="utf-8")

    @property
    def lines(self) -> frozenset[int]:
        """Numbers of the marked lines, from 1."""
        return frozenset(
            number for number, line in enumerate(self.source.splitlines(), start=1) if line.endswith(MARK)
        )

    def write(self, root: Path, python: Path) -> None:
        """Write the project: the script without marks, its data, a configuration.

        Args:
            root: a folder that is not there yet.
            python: the interpreter that has what the script needs.
        """
        root.mkdir(parents=True)
        (root / SCRIPT).write_text(self.source.replace(MARK, ""), encoding="utf-8")
        for path, text in self.data.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        inputs = [SCRIPT, *(["data"] if self.data else [])]
        (root / "repro.toml").write_text(
            _CONFIG.format(
                name=self.name.replace("_", "-"),
                python=python,
                profile=self.profile,
                inputs=_listed(inputs),
                outputs=_listed(self.outputs),
            ),
            encoding="utf-8",
        )


_CONFIG = """\
version = 1
name = "{name}"
seed = 42

[environment]
python = "{python}"

[determinism]
profile = "{profile}"

[[steps]]
name = "train"
run = ["python", "train.py"]
inputs = {inputs}
outputs = {outputs}
"""


def _listed(names: list[str] | tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"
