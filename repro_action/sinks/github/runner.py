# SPDX-License-Identifier: Apache-2.0
"""The files and log lines through which a job talks to GitHub's runner.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from repro_action.text import middle, visible

SUMMARY = 1_000_000
"""UTF-8 bytes of a summary; the runner drops one beyond 1 MiB whole."""

MESSAGE = 2_000
"""Characters of an annotation's message that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Where a job's outputs, summary and annotations go; each place may be missing.

    Attributes:
        output: file of outputs.
        summary: file of the job summary.
        log: what the runner reads for commands.
    """

    output: Path | None
    summary: Path | None
    log: IO[str]

    @classmethod
    def of(cls, environ: Mapping[str, str], log: IO[str]) -> Runner:
        """Return the runner that the variables name."""
        output, summary = environ.get("GITHUB_OUTPUT", ""), environ.get("GITHUB_STEP_SUMMARY", "")
        return cls(
            output=Path(output) if output else None, summary=Path(summary) if summary else None, log=log
        )

    def set(self, outputs: Mapping[str, str]) -> None:
        """Set outputs of the step; values may hold anything, the delimiter cannot be foreseen."""
        if self.output is None:
            return
        parts = []
        for name, value in outputs.items():
            fence = f"repro_{secrets.token_hex(16)}"
            parts.append(f"{name}<<{fence}\n{value}\n{fence}\n")
        with self.output.open("a", encoding="utf-8", errors="replace") as file:
            file.write("".join(parts))

    def summarise(self, markdown: str) -> None:
        """Add to the job summary; a page beyond the runner's limit is dropped."""
        if self.summary is None or len(markdown.encode("utf-8", "replace")) > SUMMARY:
            return
        with self.summary.open("a", encoding="utf-8", errors="replace") as file:
            file.write(markdown)

    def annotate(self, level: str, message: str, *, title: str = "", path: str = "", line: int = 0) -> None:
        """Write an annotation; all of it but the level may be foreign.

        Args:
            level: `error`, `warning` or `notice`.
            message: any text.
            title: above it.
            path: of a file in the checkout.
            line: from 1; 0 for none.
        """
        fields = {"file": path, "line": str(line) if line > 0 and path else "", "title": title}
        properties = ",".join(f"{name}={_property(text)}" for name, text in fields.items() if text)
        self._command(level, properties, message)

    def _command(self, name: str, properties: str, data: str) -> None:
        gap = " " if properties else ""
        self.log.write(f"::{name}{gap}{properties}::{_data(data)}\n")
        self.log.flush()


def _data(text: str) -> str:
    lines = [visible(line) for line in middle(text, MESSAGE).splitlines()]
    return "\n".join(lines).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    escaped = visible(middle(text, 400)).replace("%", "%25")
    return escaped.replace(":", "%3A").replace(",", "%2C")
