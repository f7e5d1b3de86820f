# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: D102, PTH119 -- a handler is named as its event; pathlib costs more than the whole hook
"""Turns Python's audit events into observations: files, folders, connections, child processes."""

from __future__ import annotations

import os
import sys

from repro_hook import audit
from repro_hook.entropy import EntropyForbidden

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    Handler = Callable[[tuple[object, ...]], None]

CODE = (".pyc", ".so", ".pyd", ".dylib")
DEVICES = ("/dev/urandom", "/dev/random")
GLOBS = ("glob", "rglob", "iglob")
ROOM = 120
"""Characters of the name of a program."""


class AuditEvents:
    """What each event means; `handlers` is emptied at the end of the process."""

    def __init__(self, observer: audit.Audit, draws: Callable[[str, FrameType | None], object]) -> None:
        self.observer = observer
        self.draws = draws
        self.handlers: dict[str, Handler] = {
            "open": self.opened,
            "os.listdir": self.listed,
            "os.scandir": self.scanned,
            "glob.glob": self.globbed,
            "pathlib.Path.glob": self.globbed,
            "pathlib.Path.rglob": self.globbed,
            "sqlite3.connect": self.database,
            "socket.connect": self.connected,
            "socket.getaddrinfo": self.looked_up,
            "socket.gethostname": self.named,
            "subprocess.Popen": self.started,
            "os.system": self.commanded,
            "os.exec": self.replaced,
            "os.posix_spawn": self.replaced,
        }

    def install(self) -> None:
        """Listen from now on."""
        refusal, failed = RuntimeError, self.observer.failed

        # What it needs is bound to it: at the interpreter's end modules are emptied before hooks are silent.
        # Most events are of no interest (`id` alone has tens of thousands): those must cost next to nothing.
        def hear(event: str, args: tuple[object, ...], handlers: dict[str, Handler] = self.handlers) -> None:
            if event in handlers:
                try:
                    handlers[event](args)
                except EntropyForbidden as error:
                    raise refusal(str(error)) from None
                except Exception as error:  # noqa: BLE001 -- nothing here may break the user's program
                    failed(f"audit of {event}", error)

        sys.addaudithook(hear)

    # -- files and folders -----------------------------------------------------------------

    def opened(self, args: tuple[object, ...]) -> None:
        path, mode, flags = args[0], args[1], args[2]
        if path.__class__ is not str:
            path = _path(path)
        if not path or path.endswith(CODE):
            return
        if path.startswith(self.observer.aside):
            if path in DEVICES:
                self.draws(f"open({path!r})", audit.caller(2))
            return
        if any(part in path for part in audit.INSTALLED):
            return
        flags = flags if isinstance(flags, int) else 0
        access = flags & (os.O_WRONLY | os.O_RDWR)
        if access == os.O_WRONLY or flags & (os.O_TRUNC | os.O_EXCL) or str(mode)[:1] in "wax":
            self.observer.wrote(path)
            return
        found = self.observer.find(audit.caller(2), audit.READ)
        if found is not None:
            self.observer.note(audit.READ, "open()", found, path)

    def database(self, args: tuple[object, ...]) -> None:
        path = _path(args[0])
        if path and not path.startswith((":", "file:")):
            self.opened((path, "r", 0))

    def listed(self, args: tuple[object, ...]) -> None:
        self._list("os.listdir()", args[0], audit.caller(2))

    def scanned(self, args: tuple[object, ...]) -> None:
        self._list("os.scandir()", args[0], audit.caller(2))

    def _list(self, what: str, folder: object, frame: FrameType | None) -> None:
        path = _path("." if folder is None else folder)
        if not path or path.startswith(self.observer.aside) or any(part in path for part in audit.INSTALLED):
            return
        found = self.observer.find(frame, audit.LISTING)
        # A glob lists folders on the way; it has an event of its own.
        if found is not None and (found[2] is None or found[2].f_code.co_name not in GLOBS):
            self.observer.note(audit.LISTING, what, found, path)

    def globbed(self, args: tuple[object, ...]) -> None:
        path = _path(args[0])
        if args[1].__class__ is str:  # of pathlib: folder and pattern
            path = f"{path}/{args[1]}"
        found = self.observer.find(audit.caller(2), 0)
        if found is not None:
            self.observer.note(audit.LISTING, "glob.glob()", found, path)

    # -- network ---------------------------------------------------------------------------

    def connected(self, args: tuple[object, ...]) -> None:
        address = args[1]
        if isinstance(address, tuple) and len(address) >= 2:  # else a local socket
            self._network("socket.connect()", f"{_text(address[0])}:{_text(address[1])}", audit.caller(2))

    def looked_up(self, args: tuple[object, ...]) -> None:
        if args[0]:
            self._network("socket.getaddrinfo()", f"{_text(args[0])}:{_text(args[1])}", audit.caller(2))

    def _network(self, what: str, address: str, frame: FrameType | None) -> None:
        # Downloads often run in threads, where nothing of the project is on the stack.
        found = self.observer.find(frame, audit.NETWORK, lone=True)
        if found is not None:
            self.observer.note(audit.NETWORK, what, found, address)

    def named(self, _: tuple[object, ...]) -> None:
        frame = audit.caller(2)
        role = self.observer.role(frame) if frame is not None else 0
        if frame is not None and isinstance(role, str):
            self.observer.note(audit.HOST, "socket.gethostname()", (role, frame, None))

    # -- child processes -------------------------------------------------------------------

    def started(self, args: tuple[object, ...]) -> None:
        program, words = args[0], args[1]
        if isinstance(words, (list, tuple)) and len(words) > 2 and words[1] == "-c":  # sh -c …
            program = _text(words[2]).split(" ")[0] if _text(words[0]).endswith("sh") else program
        self._process("subprocess.Popen()", program, audit.caller(2))

    def commanded(self, args: tuple[object, ...]) -> None:
        words = _text(args[0]).split()
        self._process("os.system()", words[0] if words else "", audit.caller(2))

    def replaced(self, args: tuple[object, ...]) -> None:
        self._process("os.exec()", args[0], audit.caller(2))

    def _process(self, what: str, program: object, frame: FrameType | None) -> None:
        # The program only: arguments may be secrets.
        found = self.observer.find(frame, audit.PROCESS)
        if found is not None:
            self.observer.note(audit.PROCESS, what, found, os.path.basename(_path(program))[:ROOM])


def _path(path: object) -> str:
    """Return a path as text; empty for a file descriptor, and for classes that are not Python's own."""
    if isinstance(path, str):
        return path
    if isinstance(path, bytes):
        return os.fsdecode(path)
    return str(path) if type(path).__module__.startswith("pathlib") else ""


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value) if isinstance(value, (str, int)) else ""
