# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: INP001 -- stands on PYTHONPATH, so it is no package
"""Feeds a recorder from `sys.settrace`, for Python before 3.12: each call costs an event.

`sys.setprofile` would not do: it tells no lines, and of calls of C functions more than is asked.
"""

from __future__ import annotations

import opcode
import sys
import threading

import repro_code  # type: ignore[import-not-found]  # beside this file
import repro_trace  # type: ignore[import-not-found]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

    TraceFunction = Callable[[FrameType, str, Any], Any]

_RETURN = opcode.opmap["RETURN_VALUE"]
_YIELD = opcode.opmap["YIELD_VALUE"]
_GENERATORS = repro_code.GENERATOR | repro_code.COROUTINE | repro_code.ASYNC_GENERATOR


def follow(recorder: repro_trace.Recorder) -> Callable[[], None]:
    """Begin in this thread and those to come; return what ends it."""
    followed = _Tracer(recorder)
    threading.settrace(followed.called)
    sys.settrace(followed.called)
    return followed.end


class _Tracer:
    """The trace functions: one for calls, one for frames of the project, one for methods of libraries."""

    def __init__(self, recorder: repro_trace.Recorder) -> None:
        self.recorder = recorder
        self.known = recorder.files.known
        self.ended = False

    def end(self) -> None:
        """Stop listening."""
        self.ended = True
        sys.settrace(None)
        threading.settrace(None)

    def called(self, frame: FrameType, _: str, __: object) -> TraceFunction | None:
        known = self.known
        name = frame.f_code.co_filename
        file = known.get(name)
        if file is None:
            file = self.recorder.files.relative(name)
        if file:
            return self.entered(frame)
        back = frame.f_back
        if back is None or not known.get(back.f_code.co_filename) or self.ended:
            return None
        if not repro_trace.method_name(frame):
            return None
        frame.f_trace_lines = False
        return self.method

    def entered(self, frame: FrameType) -> TraceFunction | None:
        recorder, code = self.recorder, frame.f_code
        held = recorder.codes.get(id(code))
        if held is None:
            held = recorder.codes[id(code)] = repro_code.Code(code, recorder.files)
        if not code.co_flags & _GENERATORS:
            recorder.pending.pop(id(frame), None)
        if self.ended or recorder.full or not (held.lines or held.values):
            return None
        frame.f_trace_lines = bool(held.lines)
        return self.project

    def project(self, frame: FrameType, event: str, value: object) -> TraceFunction:
        recorder = self.recorder
        held = recorder.codes[id(frame.f_code)]
        try:
            if event == "line":
                if not recorder.line(frame, held, frame.f_lineno):
                    held.lines = {}
                    frame.f_trace_lines = False
            elif event == "return":
                self.gave(frame, held, value)
        except Exception as error:  # noqa: BLE001 -- nothing here may break the user's program
            recorder.failed(error)
        return self.project

    def gave(self, frame: FrameType, held: repro_code.Code, value: object) -> None:
        """Tell a return from a yield, an await, and an end by an exception."""
        operation = held.code.co_code[frame.f_lasti] if frame.f_lasti >= 0 else -1
        if operation == _RETURN:
            self.recorder.left(frame, held, value)
        elif operation == _YIELD and held.yields and held.values:
            self.recorder.value(frame, held, value)
        elif operation != _YIELD:
            self.recorder.pending.pop(id(frame), None)

    def method(self, frame: FrameType, event: str, value: object) -> TraceFunction:
        if event == "return" and frame.f_code.co_code[frame.f_lasti] == _RETURN:
            try:
                self.recorder.method(frame, value)
            except Exception as error:  # noqa: BLE001 -- nothing here may break the user's program
                self.recorder.failed(error)
        return self.method
