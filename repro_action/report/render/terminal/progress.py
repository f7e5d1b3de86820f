# SPDX-License-Identifier: Apache-2.0
"""Work that goes on, shown in a terminal or written as plain lines for CI.

GitHub's runner obeys lines of a log: those that start with `::`, and those that hold
`##[` anywhere. Output of steps is foreign, so each of its lines begins with `[step] `, and
`##[` is broken up; nothing has to be remembered or switched back on.
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Protocol, Self

from repro_action.progress import Progress
from repro_action.report.render.terminal.output_lines import LineBuffer
from repro_action.text import clean

if TYPE_CHECKING:
    from rich.console import Console


class OpenProgress(Progress, Protocol):
    """A Progress that holds something open, to be used in a `with`."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, *_: object) -> None:
        """Show what is left and end; an error goes on."""


def open_progress(console: Console, *, github: bool = False) -> OpenProgress:
    """Return the Progress that suits a console.

    Args:
        console: where it is shown; see `repro_action.report.render.terminal.style.console`.
        github: whether a GitHub runner reads the log.
    """
    # A spinner moves the cursor by codes, which a terminal without colours may not understand.
    if console.is_terminal and not github and not console.no_color:
        return TerminalProgress(console)
    return PlainProgress(console.file, github=github)


def neutral(line: str) -> str:
    """Return one line of a log that a GitHub runner does not take for a command."""
    broken = line.replace("##[", "# #[")
    return f"│ {broken}" if broken.lstrip().startswith("::") else broken


class PlainProgress:
    """One line a stage, and every line of a step behind the step's name."""

    def __init__(self, stream: IO[str], *, github: bool = False) -> None:
        self._stream = stream
        self._github = github
        self._lines = LineBuffer()
        self._lock = threading.Lock()
        self._group = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._finish()

    def stage(self, text: str) -> None:
        """Write the stage as a line of its own."""
        with self._lock:
            self._finish()
            self._write(neutral(clean(text)))

    def output(self, step: str, text: str) -> None:
        """Write the lines that `text` completes; on GitHub they fold under the step's name."""
        with self._lock:
            for line in self._lines.feed(step, text):
                self._line(step, line)

    def advance(self, done: int, total: int, unit: str) -> None:
        """Write nothing: a log has no use for counts that change."""

    def _line(self, step: str, line: str) -> None:
        name = clean(step, 60)
        if self._github and self._group != name:
            self._close()
            # A command's data is escaped by percent; `clean` leaves no line break in it.
            self._write(f"::group::output of {neutral(name).replace('%', '%25')}")
            self._group = name
        self._write(neutral(f"[{name}] {line}"))

    def _finish(self) -> None:
        for step, line in self._lines.flush():
            self._line(step, line)
        self._close()

    def _close(self) -> None:
        if self._group:
            self._write("::endgroup::")
            self._group = ""

    def _write(self, line: str) -> None:
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        # A closed pipe or stream must not end the run that it was to show.
        with suppress(OSError, ValueError, LookupError):
            self._stream.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
            self._stream.flush()


class TerminalProgress:
    """A spinner with the current stage; output of steps scrolls above it, dimmed.

    The spinner goes away at the end, the output stays.
    """

    def __init__(self, console: Console) -> None:
        from rich.progress import BarColumn, SpinnerColumn, TextColumn
        from rich.progress import Progress as Bars

        self._console = console
        self._lines = LineBuffer()
        self._lock = threading.Lock()
        self._bars = Bars(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[count]}", markup=False, style="dim"),
            console=console,
            transient=True,
        )
        self._task = self._bars.add_task("", total=None, count="", visible=False)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._flush()
            self._bars.stop()

    def stage(self, text: str) -> None:
        """Show the stage beside the spinner."""
        with self._lock:
            self._flush()
            self._bars.reset(
                self._task, description=clean(text, 60), total=None, completed=0, count="", visible=True
            )

    def output(self, step: str, text: str) -> None:
        """Print the lines that `text` completes above the spinner."""
        with self._lock:
            for line in self._lines.feed(step, text):
                self._print(step, line)

    def advance(self, done: int, total: int, unit: str) -> None:
        """Move the bar."""
        self._bars.update(self._task, completed=done, total=total or None)
        if unit == "bytes":
            self._bars.update(self._task, count=self._transferred(done, total))
            return
        count = f"{done} of {total} {clean(unit, 20)}" if total else f"{done} {clean(unit, 20)}"
        self._bars.update(self._task, count=count)

    def _transferred(self, done: int, total: int) -> str:
        """Return how much came, of how much, and the time that the rest takes at this speed."""
        from repro_action.report.numbers import size  # with the report's model, which few runs need so soon

        if not total:
            return size(done)
        left = self._bars.tasks[0].time_remaining
        return f"{size(done)} of {size(total)}" + (f", {timedelta(seconds=round(left))} left" if left else "")

    def _flush(self) -> None:
        for step, line in self._lines.flush():
            self._print(step, line)

    def _print(self, step: str, line: str) -> None:
        from rich.text import Text

        with suppress(OSError, ValueError):
            self._console.print(Text(f"{clean(step, 30)} │ {line}", style="dim"))
