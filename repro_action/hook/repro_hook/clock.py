# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH118 -- pathlib is not loaded yet
"""Notices where the project's own code reads a clock or asks the machine about itself.

Python has no audit events for these. From 3.12 on its monitoring tells which calls the
project's own code makes, at no cost for the code of others, and so also sees
`datetime.now`; before that the functions have stand-ins, which look at their caller only.
"""

from __future__ import annotations

import os
import sys

from repro_hook import audit
from repro_hook.entropy import Standin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType, ModuleType

ANY = 99
WATCHED = (
    # module, its functions, kind, up to how many arguments it is such a read
    ("time", ("time", "time_ns", "perf_counter", "perf_counter_ns"), audit.CLOCK, ANY),
    ("time", ("monotonic", "monotonic_ns", "process_time", "process_time_ns"), audit.CLOCK, ANY),
    ("time", ("thread_time", "thread_time_ns", "clock_gettime", "clock_gettime_ns"), audit.CLOCK, ANY),
    ("os", ("times",), audit.CLOCK, ANY),
    ("time", ("localtime", "gmtime", "ctime", "asctime"), audit.CLOCK, 0),
    ("time", ("strftime",), audit.CLOCK, 1),
    ("uuid", ("uuid1",), audit.CLOCK, ANY),
    ("uuid", ("getnode",), audit.HOST, ANY),
    ("os", ("getpid", "getppid", "getlogin", "cpu_count", "uname"), audit.HOST, ANY),
    ("os.path", ("expanduser",), audit.HOST, ANY),
    ("getpass", ("getuser",), audit.HOST, ANY),
    ("platform", ("node", "uname", "platform", "release", "version"), audit.HOST, ANY),
    ("socket", ("getfqdn",), audit.HOST, ANY),
    ("multiprocessing", ("cpu_count",), audit.HOST, ANY),
)
DATES = ("now", "utcnow", "today")
TOOLS = (4, 3)
"""Numbers under which Python's monitoring may know us; no tool of Python's own has them."""


class Clock:
    """Watches the calls that the project makes itself."""

    def __init__(self, observer: audit.Audit) -> None:
        self.observer = observer
        self.names: dict[str, list[tuple[str, int, int]]] = {}
        for module, functions, kind, most in WATCHED:
            for name in functions:
                self.names.setdefault(name, []).append((module, kind, most))

    def note(self, kind: int, what: str, frame: FrameType | None) -> None:
        """Record a call if the project's own code makes it."""
        role = self.observer.role(frame) if frame is not None else 0
        if frame is not None and isinstance(role, str):
            self.observer.note(kind, what, (role, frame, None))

    # -- before Python 3.12 ----------------------------------------------------------------

    def modules(self) -> tuple[str, ...]:
        """Return the modules that have functions to stand in for."""
        return ("time", "os", "posixpath", "uuid", "getpass", "platform", "socket")

    def stand_in(self, module: ModuleType) -> None:
        """Put stand-ins into a module."""
        for name, functions, kind, most in WATCHED:
            if name == module.__name__ or (name == "os.path" and module.__name__ in ("posixpath", "ntpath")):
                for function in functions:
                    original = getattr(module, function, None)
                    # A bound method, as multiprocessing has, could not be pickled by its name.
                    if (
                        original is not None
                        and not isinstance(original, Standin)
                        and name != "multiprocessing"
                    ):
                        watched = _Watched(original, module.__name__)
                        watched.clock, watched.kind, watched.most = self, kind, most
                        watched.what = f"{name}.{function}()"
                        setattr(module, function, watched)

    # -- from Python 3.12 on ---------------------------------------------------------------

    def monitor(self) -> Callable[[tuple[object, ...]], None] | None:
        """Begin to watch; return what to tell of each program that begins; None where it cannot be done."""
        monitoring = getattr(sys, "monitoring", None)
        free = [number for number in TOOLS if monitoring is not None and monitoring.get_tool(number) is None]
        if monitoring is None or not free:
            return None
        tool, calls = free[0], monitoring.events.CALL
        monitoring.use_tool_id(tool, "repro")
        monitoring.register_callback(tool, calls, self._caller(monitoring.DISABLE))

        code_type = type(self.monitor.__code__)

        def watch(code: CodeType) -> None:
            monitoring.set_local_events(tool, code, calls)
            for constant in code.co_consts:
                if type(constant) is type(code):
                    watch(constant)

        def begun(args: tuple[object, ...]) -> None:
            code = args[0]  # or a text, for which no line is watched
            if not isinstance(code, code_type):
                return
            name = code.co_filename
            if name[:1] == "<" or name.startswith(self.observer.aside):
                return
            role = self.observer.roles.get(name)
            if role is None:
                role = self.observer.own(os.path.join(self.observer.start, name))
            if role and isinstance(role, str):
                watch(code)

        return begun

    def _caller(self, disable: object) -> Callable[..., object]:
        def call(code: CodeType, offset: int, function: object, _: object) -> object:
            try:
                what, kind = self._what(code, offset, function)
                if what:
                    self.note(kind, what, audit.caller())
                    return None
            except Exception as error:  # noqa: BLE001 -- nothing here may break the user's program
                self.observer.failed("clock", error)
            return disable

        return call

    def _what(self, code: CodeType, offset: int, function: object) -> tuple[str, int]:
        """Name a call that is watched; empty for others."""
        name = getattr(type(function), "__name__", "")
        if name not in ("builtin_function_or_method", "function", "method"):
            return "", 0
        name = str(getattr(function, "__name__", ""))
        if name in DATES:
            owner = getattr(function, "__self__", None)
            module = getattr(owner, "__module__", "")
            if isinstance(owner, type) and (module == "datetime" or hasattr(owner, "fromtimestamp")):
                return f"{module}.{owner.__name__}.{name}()", audit.CLOCK
        for module, kind, most in self.names.get(name, ()):
            current = getattr(sys.modules.get(module), name, None)
            # The number of arguments stands in the instruction.
            if current == function and (most == ANY or code.co_code[offset + 1] <= most):
                return f"{module}.{name}()", kind
        return "", 0


class _Watched(Standin):
    clock: Clock
    kind: int
    what: str
    most: int

    def __call__(self, *args: object, **kwargs: object) -> object:
        if len(args) <= self.most:
            try:
                self.clock.note(self.kind, self.what, audit.caller())
            except Exception as error:  # noqa: BLE001 -- nothing here may break the user's program
                self.clock.observer.failed("clock", error)
        return self.original(*args, **kwargs)
