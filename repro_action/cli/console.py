# SPDX-License-Identifier: Apache-2.0
"""Where reports and errors are printed: standard output for results, standard error for the rest."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

from repro_action.cli.usage import UsageError
from repro_action.errors import ConfigError

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from repro_action.errors import ReproError
    from repro_action.report.model import Report
    from repro_action.report.probe_model import ProbeReport
    from repro_action.report.render.terminal.progress import OpenProgress
    from repro_action.runs.project import Project

JSON_VERSION = 1
"""Of the envelope; docs/json.md says what it holds."""


class _NeutralizedStream:
    """A stream of whole lines, none of which a GitHub runner reads as a workflow command."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write lines."""
        return self._stream.write(neutralized(text))


def neutralized(text: str) -> str:
    """Return lines without workflow commands: reports and errors quote what steps have written."""
    if not on_github():
        return text
    from repro_action.report.render.terminal.progress import neutral

    return "".join(map(neutral, text.splitlines(keepends=True)))


def stdout() -> Console:
    """Return the console for results."""
    from repro_action.report.render.terminal import style as styles

    return styles.console(cast("TextIO", _NeutralizedStream(sys.stdout)) if on_github() else sys.stdout)


def stderr() -> Console:
    """Return the console for progress and errors."""
    from repro_action.report.render.terminal import style as styles

    return styles.console(sys.stderr)


def open_progress() -> OpenProgress:
    """Return the Progress that suits standard error; a pipe needs no console, whose import takes 15 ms."""
    from repro_action.report.render.terminal import progress

    if on_github() or not (sys.stderr.isatty() or os.environ.get("FORCE_COLOR")):
        return progress.PlainProgress(sys.stderr, github=on_github())
    return progress.open_progress(stderr())


def on_github() -> bool:
    """Whether a GitHub runner reads the log."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


@contextmanager
def printing() -> Iterator[None]:
    """Print to the end; a standard output that takes no more, say of a full disk, changes no exit status.

    Raises:
        BrokenPipeError: the reader went away.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename is not None:
            raise
        lose_output(error)


def lose_output(error: OSError) -> None:
    """Say that standard output took no more, and print nothing else there."""
    sys.stderr.write(f"repro: standard output cannot be written: {error.strerror}; it is incomplete\n")
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 # until the end


def print_json(value: object) -> None:
    """Print one JSON document."""
    with printing():
        _write_json(json.dumps(value, indent=2, sort_keys=True, allow_nan=False) + "\n")


def _write_json(text: str) -> None:
    # In a string alone can such a command stand, and there a sign has a second spelling.
    sys.stdout.write(text.replace("##[", r"#\u0023[") if on_github() else text)


def print_result(command: str, exit_code: int, own: Mapping[str, object]) -> None:
    """Print what a command found as one JSON document, in the envelope that all commands share."""
    print_json({**own, "version": JSON_VERSION, "command": command, "exit_code": exit_code})


def show_report(report: Report, *, as_json: bool) -> int:
    """Print a report and return its exit status."""
    with printing():
        if as_json:
            from repro_action.report.json import report as json_report

            _write_json(json_report.dump(report))
        else:
            from repro_action.report.render.terminal import report as terminal

            terminal.show(report, stdout())
    return report.verdict.exit_code


def show_probe(report: ProbeReport, *, as_json: bool) -> None:
    """Print what a probe found."""
    with printing():
        if as_json:
            from repro_action.report.json import probe as probe_json

            _write_json(probe_json.dump(report))
        else:
            from repro_action.report.render.terminal import probe as probe_terminal

            probe_terminal.show(report, stdout())


def require_folder(directory: Path) -> None:
    """Refuse a folder to work in that is not there.

    Raises:
        ConfigError: it is none.
    """
    if not directory.is_dir():
        raise ConfigError(f"there is no folder {directory}", where="-C", remedy="Check its spelling.")


def require_writable(option: str, path: Path | None) -> None:
    """Refuse a place for a report before anything is trained for it.

    Raises:
        ConfigError: its folder is not there, or it is a folder itself.
    """
    if path is None:
        return
    if not path.parent.is_dir():
        remedy = "Create the folder first, or choose another path."
        raise ConfigError(f"there is no folder {path.parent}", where=option, remedy=remedy)
    if path.is_dir():
        raise ConfigError(f"{path} is a folder", where=option, remedy="Name a file in it.")


def write_probe(report: ProbeReport, *, markdown: Path | None, json_path: Path | None) -> None:
    """Write what a probe found where the user asked for it."""
    from repro_action.files import write_atomically
    from repro_action.report.json import probe as probe_json
    from repro_action.report.render.markdown import probe as probe_markdown

    if json_path is not None:
        write_atomically(json_path, probe_json.dump(report), durable=False)
    if markdown is not None:
        write_atomically(markdown, probe_markdown.render(report), durable=False)


def open_project(options: argparse.Namespace) -> Project:
    """Open the project of a command, and say on standard error what was put right after a killed run.

    Raises:
        ConfigError: there is no configuration, or it is wrong.
    """
    from repro_action.runs.project import Project

    return with_recovery(Project.open(options.directory, options.config))


def with_recovery(project: Project) -> Project:
    """Return a project, and say on standard error what was put right after a killed run."""
    from repro_action.text import clean

    for notice in project.recovered:
        text = " ".join(filter(None, (notice.what + ".", notice.why, notice.remedy)))
        sys.stderr.write(neutralized(f"note: {clean(text, 2000)}\n"))
    return project


def show_error(error: ReproError) -> None:
    """Print an error for people, on standard error."""
    from repro_action.report.render.terminal import report as terminal

    usage = error.usage.rstrip("\n") + "\n\n" if isinstance(error, UsageError) else ""
    sys.stderr.write(neutralized(usage + terminal.render_notice(error.notice)))


def print_error(error: ReproError, *, command: str) -> None:
    """Print an error for machines, on standard output."""
    fields = {"what": error.what, "why": error.why, "cure": error.remedy, "where": error.where}
    print_result(command, error.exit_code, {"error": fields})


def print_note(line: str) -> None:
    """Print a line beside the result, on standard error."""
    stderr().print(neutralized(line), markup=False, highlight=False, soft_wrap=True)


def as_seen(path: Path) -> Path:
    """Return a path as people would type it: from where they are, if it is there or below."""
    whole = path.absolute()
    return whole.relative_to(Path.cwd()) if whole.is_relative_to(Path.cwd()) else path


def print_line(line: str) -> None:
    """Print one plain line; foreign text in it is made harmless."""
    from repro_action.text import clean

    encoding = sys.stdout.encoding or "utf-8"
    encodable = clean(line, 2000).encode(encoding, "backslashreplace").decode(encoding)
    sys.stdout.write(neutralized(encodable) + "\n")
