# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: SLF001 -- `sys._getframe` is the only way to a caller
"""Feeds a recorder from `sys.monitoring` (PEP 669): code outside the project costs one event each, ever."""

from __future__ import annotations

import sys
from _thread import get_ident
from types import FunctionType, MethodType

from repro_hook.project_code import Code
from repro_hook.recorder import METHODS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType
    from typing import Any

    from repro_hook.recorder import Recorder

# Unknown to older versions, and so to type checkers that are told to follow one.
MONITORING: Any = sys.__dict__["monitoring"]
TOOLS = (4, 3, 5, 2)
"""Numbers of tools to try; 0, 1 and 2 are for debuggers, coverage and profilers."""


def follow(recorder: Recorder) -> Callable[[], None]:
    """Begin; return what ends it."""
    tool = next(number for number in TOOLS if MONITORING.get_tool(number) is None)
    MONITORING.use_tool_id(tool, "repro")
    followed = _MonitoringCallbacks(recorder, tool)
    followed.register(followed.callbacks())
    MONITORING.set_events(tool, MONITORING.events.PY_START)
    return followed.end


class _MonitoringCallbacks:
    """The callbacks; each returns DISABLE where the event can never matter."""

    def __init__(self, recorder: Recorder, tool: int) -> None:
        self.recorder = recorder
        self.tool = tool
        self.methods: dict[int, CodeType] = {}

    def callbacks(self) -> dict[int, Callable[..., object]]:
        events = MONITORING.events
        return {
            events.PY_START: self.started,
            events.PY_RETURN: self.returned,
            events.PY_YIELD: self.yielded,
            events.LINE: self.line,
            events.CALL: self.called,
        }

    def register(self, callbacks: dict[int, Callable[..., object]]) -> None:
        for event, callback in callbacks.items():
            MONITORING.register_callback(self.tool, event, callback)

    def end(self) -> None:
        """Stop listening."""
        MONITORING.set_events(self.tool, 0)
        for event in self.callbacks():
            MONITORING.register_callback(self.tool, event, None)

    def started(self, code: CodeType, _: int) -> object:
        recorder = self.recorder
        if not recorder.files.relative(code.co_filename):
            return MONITORING.DISABLE
        if id(code) in recorder.codes:
            recorder.pending.pop(id(sys._getframe(1)), None)
            return None
        followed = recorder.codes[id(code)] = Code(code, recorder.files)
        self.listen(followed, lines=bool(followed.lines))
        return None

    def listen(self, followed: Code, *, lines: bool) -> None:
        events = MONITORING.events
        wanted = events.CALL | (events.LINE if lines else 0)
        if followed.values or lines:
            wanted |= events.PY_RETURN | (events.PY_YIELD if followed.yields else 0)
        MONITORING.set_local_events(self.tool, followed.code, wanted)

    def line(self, code: CodeType, number: int) -> None:
        recorder, ident = self.recorder, get_ident()
        followed = recorder.codes.get(id(code))
        if followed is None or ident in recorder.busy:
            return
        recorder.busy.add(ident)
        try:
            if not recorder.line(sys._getframe(1), followed, number):
                self.listen(followed, lines=False)
        except Exception as error:  # noqa: BLE001 -- nothing here may break the user's program
            recorder.failed(error)
        finally:
            recorder.busy.discard(ident)

    def returned(self, code: CodeType, _: int, value: object) -> None:
        self.gave(code, value, sys._getframe(1), last=True)

    def yielded(self, code: CodeType, _: int, value: object) -> None:
        self.gave(code, value, sys._getframe(1), last=False)

    def gave(self, code: CodeType, value: object, frame: FrameType, *, last: bool) -> None:
        recorder, ident = self.recorder, get_ident()
        if ident in recorder.busy:
            return
        recorder.busy.add(ident)
        try:
            followed = recorder.codes.get(id(code))
            if followed is None:
                recorder.method(frame, value)
            elif last:
                recorder.left(frame, followed, value)
            elif followed.values:
                recorder.value(frame, followed, value)
        except Exception as error:  # noqa: BLE001 -- nothing here may break the user's program
            recorder.failed(error)
        finally:
            recorder.busy.discard(ident)

    def called(self, _: CodeType, __: int, target: object, ___: object) -> object:
        if type(target) is MethodType:
            target = target.__func__
        if type(target) is not FunctionType or target.__name__ not in METHODS:
            return None
        inner = target.__code__
        if id(inner) not in self.methods and not self.recorder.files.relative(inner.co_filename):
            self.methods[id(inner)] = inner
            MONITORING.set_local_events(self.tool, inner, MONITORING.events.PY_RETURN)
        return None
