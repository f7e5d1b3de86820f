# SPDX-License-Identifier: Apache-2.0
"""Feeds a recorder from `sys.settrace`, for Python before 3.12: each call costs an event.

`sys.setprofile` would not do: it tells no lines, and of calls of C functions more than is asked.
"""

from __future__ import annotations

import opcode
import sys
import threading

from repro_hook.project_code import ASYNC_GENERATOR, COROUTINE, GENERATOR, Code
from repro_hook.recorder import method_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

    from repro_hook.recorder import Recorder

    TraceFunction = Callable[[FrameType, str, Any], Any]

_RETURN = opcode.opmap["RETURN_VALUE"]
_YIELD = opcode.opmap["YIELD_VALUE"]
_GENERATORS = GENERATOR | COROUTINE | ASYNC_GENERATOR


def follow(recorder: Recorder) -> Callable[[], None]:
    """Begin in this thread and those to come; return what ends it."""
    followed = _TraceCallbacks(recorder)
    threading.settrace(followed.called)
    sys.settrace(followed.called)
    return followed.end


class _TraceCallbacks:
    """The trace functions: one for calls, one for frames of the project, one for methods of libraries."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.names = recorder.files.names
        self.ended = False

    def end(self) -> None:
        """Stop listening."""
        self.ended = True
        sys.settrace(None)
        threading.settrace(None)

    def called(self, frame: FrameType, _: str, __: object) -> TraceFunction | None:
        names = self.names
        name = frame.f_code.co_filename
        file = names.get(name)
        if file is None:
            file = self.recorder.files.relative(name)
        if file:
            return self.entered(frame)
        back = frame.f_back
        if back is None or not names.get(back.f_code.co_filename) or self.ended:
            return None
        if not method_name(frame):
            return None
        frame.f_trace_lines = False
        return self.method

    def entered(self, frame: FrameType) -> TraceFunction | None:
        recorder, code = self.recorder, frame.f_code
        followed = recorder.codes.get(id(code))
        if followed is None:
            followed = recorder.codes[id(code)] = Code(code, recorder.files)
        if not code.co_flags & _GENERATORS:
            recorder.pending.pop(id(frame), None)
        if self.ended or recorder.full or not (followed.lines or followed.values):
            return None
        frame.f_trace_lines = bool(followed.lines)
        return self.project

    def project(self, frame: FrameType, event: str, value: object) -> TraceFunction:
        recorder = self.recorder
        followed = recorder.codes[id(frame.f_code)]
        try:
            if event == "line":
                if not recorder.line(frame, followed, frame.f_lineno):
                    followed.lines = {}
                    frame.f_trace_lines = False
            elif event == "return":
                self.gave(frame, followed, value)
        except Exception as error:  # noqa: BLE001 -- nothing here may break the user's program
            recorder.failed(error)
        return self.project

    def gave(self, frame: FrameType, followed: Code, value: object) -> None:
        """Tell a return from a yield, an await, and an end by an exception."""
        operation = followed.code.co_code[frame.f_lasti] if frame.f_lasti >= 0 else -1
        if operation == _RETURN:
            self.recorder.left(frame, followed, value)
        elif operation == _YIELD and followed.yields and followed.values:
            self.recorder.value(frame, followed, value)
        elif operation != _YIELD:
            self.recorder.pending.pop(id(frame), None)

    def method(self, frame: FrameType, event: str, value: object) -> TraceFunction:
        if event == "return" and frame.f_code.co_code[frame.f_lasti] == _RETURN:
            try:
                self.recorder.method(frame, value)
            except Exception as error:  # noqa: BLE001 -- nothing here may break the user's program
                self.recorder.failed(error)
        return self.method
