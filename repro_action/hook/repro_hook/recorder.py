# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH118, PTH123 -- pathlib costs more than the whole hook
"""Records what the project's code computes, in order; loaded where REPRO_TRACE is set.

Three kinds of entries, one JSON object a line:
values that functions of the project return or yield, fits and predictions of estimators
called from the project, and names that a statement binds or may have changed in place.
Python 3.12 and newer tell of these through `sys.monitoring`, older ones through `sys.settrace`.

What runs often is recorded at first only, by count and never by time, so that two runs of
one program leave the same entries. What fails is left out, and counted.
"""

from __future__ import annotations

import os
import sys
from _thread import get_ident
from time import monotonic_ns
from types import FunctionType

from repro_hook import library_values, value_marks, worker_name
from repro_hook.report import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    from repro_hook.project_code import Code, Files
    from repro_hook.statements import Statement

ENTRIES = 5000
BYTES = 32 << 20
OF_STATEMENT = 20
"""Times that the names of one statement are recorded."""
OF_FUNCTION = 100
"""Values recorded that one function returned or yielded."""
LINES = 2_000_000
"""Lines of one function that are followed."""
EVERY = 32
"""Entries kept in memory before they are written."""

FITS = ("fit", "partial_fit", "train", "update")
METHODS = frozenset(
    {"fit", "partial_fit", "fit_transform", "fit_predict", "fit_resample", "transform", "inverse_transform"}
    | {"predict", "predict_proba", "predict_log_proba", "decision_function", "score", "score_samples"}
    | {"kneighbors", "apply", "sample", "evaluate", "train", "train_on_batch", "update"}
)
_VARARGS = 0x4
_MISSING = object()


class Recorder:
    """Keeps entries, and writes them to a file of the process's own."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.calls: dict[tuple[int, int, str], int] = {}
        self.codes: dict[int, Code] = {}
        self.pending: dict[int, Statement] = {}
        self.busy: set[int] = set()
        self.main = get_ident()
        self.stop: list[Callable[[], None]] = []
        self.begin()

    def begin(self, every: int = EVERY) -> None:
        """Begin the trace of this process."""
        self.file = ""
        self.lines: list[str] = []
        self.every = every
        self.written = self.entries = self.left_out = 0

    def forked(self) -> None:
        """Begin anew in a forked child, which may end without notice: each entry is written at once."""
        self.main = get_ident()
        self.busy.clear()
        self.begin(every=1)

    @property
    def full(self) -> bool:
        """Whether nothing more is recorded."""
        return self.entries >= ENTRIES or self.written >= BYTES

    def add(
        self, function: str, file: str, line: int, parts: Sequence[tuple[str, object]], caller: str
    ) -> None:
        """Record one entry; `parts` are values with the path that each starts from.

        Args:
            function: that was called.
            file: of the line, relative to the project.
            line: from 1.
            parts: values, each with the path that it starts from.
            caller: the function of the line.
        """
        if self.full:
            self.left_out += 1
            return
        try:
            marks = value_marks.marks(parts, self.files.root)
        except Exception as error:  # noqa: BLE001 -- nothing here may break the user's program
            pass_on(error)
            marks = [("", "", f"not read: {type(error).__name__}")]
        entry = {"f": function, "p": file, "l": line, "c": caller, "t": self.thread(), "m": marks}
        self.entries += 1
        self.lines.append(encode(entry) + "\n")
        if len(self.lines) >= self.every:
            self.flush()

    def failed(self, error: Exception) -> None:
        """Count what could not be recorded."""
        pass_on(error)
        self.left_out += 1

    def thread(self) -> str:
        """Return the name of a thread other than the main one."""
        ident = get_ident()
        if ident == self.main:
            return ""
        threading = sys.modules.get("threading")
        thread = getattr(threading, "_active", {}).get(ident)
        return str(getattr(thread, "name", "")) or "thread"

    def flush(self) -> None:
        """Append what is kept; the file is opened each time, as the program may close what is open."""
        lines, self.lines = self.lines, []
        if not lines:
            return
        try:
            if not self.file:
                folder = os.environ["REPRO_HOOK_DIR"]
                self.file = os.path.join(folder, f"{os.getpid()}-{monotonic_ns()}.trace")
                lines.insert(0, encode(_header()) + "\n")
            data = "".join(lines).encode("ascii")
            self.written += len(data)
            with open(self.file, "ab", buffering=0) as file:
                file.write(data)
        except (OSError, KeyError, ValueError):
            self.left_out += len(lines)

    def finish(self) -> None:
        """Write the rest, with the number of entries that were left out."""
        for stop in self.stop:
            stop()
        self.lines.append(encode({"end": True, "left_out": self.left_out}) + "\n")
        self.flush()

    def line(self, frame: FrameType, code: Code, number: int) -> bool:
        """Take note of a line that is about to run; return whether lines matter any longer."""
        code.seen += 1
        statement = code.lines.get(number)
        pending = self.pending.get(id(frame))
        if pending is not None and pending is not statement:
            del self.pending[id(frame)]
            if not pending.high or pending.low <= number <= pending.high:
                self.statement(frame, code, pending)
        if statement is not None and statement.count < OF_STATEMENT:
            if self.full:  # nobody may ask again: from 3.12 on, lines are told of no longer
                self.left_out += 1
            else:
                self.pending[id(frame)] = statement
        return code.open > 0 and code.seen < LINES and not self.full

    def statement(self, frame: FrameType, code: Code, done: Statement) -> None:
        """Record the names of a statement that has run."""
        done.count += 1
        code.open -= done.count == OF_STATEMENT
        here = frame.f_locals
        for name in done.names:
            value = here.get(name, _MISSING)
            value = frame.f_globals.get(name, _MISSING) if value is _MISSING else value
            if value is not _MISSING and not value_marks.silent(value):
                self.add(f"{code.scope} {name}", code.file, done.line, [("", value)], "")

    def left(self, frame: FrameType, code: Code, value: object) -> None:
        """Record what a function of the project returned."""
        done = self.pending.pop(id(frame), None)
        if done is not None and not done.high:
            self.statement(frame, code, done)
        if code.values and not code.yields:
            self.value(frame, code, value)

    def value(self, frame: FrameType, code: Code, value: object) -> None:
        """Record what a function of the project returned or yielded."""
        code.count += 1
        if code.count >= OF_FUNCTION:
            code.values = False
        name = code.code.co_name
        parts: list[tuple[str, object]] = [("", value)]
        if name in FITS:
            parts = _after_fit(_first_argument(frame), value)
        self.add(code.function, code.file, code.line, parts, self.caller(frame.f_back))

    def caller(self, frame: FrameType | None) -> str:
        """Return `file:line` of a frame of the project."""
        file = "" if frame is None else self.files.relative(frame.f_code.co_filename)
        return f"{file}:{frame.f_lineno}" if frame is not None and file else ""

    def method(self, frame: FrameType, value: object) -> None:
        """Record what a method of a library's estimator returned to the project."""
        back = frame.f_back
        name = method_name(frame)
        if back is None or not name:
            return
        file = self.files.relative(back.f_code.co_filename)
        key = (id(back.f_code), back.f_lineno, name)
        self.calls[key] = count = self.calls.get(key, 0) + 1
        estimator = _first_argument(frame)
        if not file or count > OF_STATEMENT or estimator is _MISSING or value_marks.silent(estimator):
            return
        parts = _after_fit(estimator, value) if name.startswith(FITS) else [("", value)]
        self.add(f"{library_values.names(type(estimator))[1]}.{name}", file, back.f_lineno, parts, "")


def pass_on(error: Exception) -> None:
    """Raise an error again that a signal handler of the program raised while this was at work.

    Raises:
        Exception: that error.
    """
    signal = sys.modules.get("signal")
    traceback = error.__traceback__
    if signal is None or traceback is None:
        return
    handlers = [getattr(signal.getsignal(number), "__code__", None) for number in signal.valid_signals()]
    while traceback is not None:
        if any(traceback.tb_frame.f_code is code for code in handlers):
            raise error
        traceback = traceback.tb_next


def _header() -> dict[str, object]:
    return {
        "version": 1,
        "pid": os.getpid(),
        "parent": os.getppid(),
        "lineage": worker_name(),
        "python": sys.version.split()[0],
    }


def _after_fit(estimator: object, value: object) -> list[tuple[str, object]]:
    """Return the state of an estimator, and what its method returned where that is something else."""
    if estimator is _MISSING or value is estimator:
        return [("", value)]
    return [("", estimator), *([("()", value)] if value is not None else [])]


def _first_argument(frame: FrameType) -> object:
    code = frame.f_code
    if code.co_argcount:
        return frame.f_locals.get(code.co_varnames[0], _MISSING)
    if code.co_flags & _VARARGS:
        rest = frame.f_locals.get(code.co_varnames[code.co_kwonlyargcount], ())
        return rest[0] if rest else _MISSING
    return _MISSING


def method_name(frame: FrameType) -> str:
    """Return the name in `METHODS` that a frame runs, also inside a decorator's wrapper; else nothing."""
    code = frame.f_code
    if code.co_name in METHODS:
        return code.co_name
    for name in code.co_freevars:
        wrapped = frame.f_locals.get(name)
        if type(wrapped) is FunctionType and wrapped.__name__ in METHODS:
            return wrapped.__name__
    return ""
