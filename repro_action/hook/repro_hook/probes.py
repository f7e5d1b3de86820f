# SPDX-License-Identifier: Apache-2.0

"""Notices questions whether a file is there that are answered with no.

`os.path.isfile`, `Path.exists` and the like open nothing, so no audit event tells of them. All of them ask
`os.stat`, which is stood in for where the sandbox hides files: only there can the answer mislead.
"""

from __future__ import annotations

import os
from _thread import get_ident

from repro_hook import audit
from repro_hook.entropy import Standin

WHAT = "os.stat()"


class _Stat(Standin):
    observer: audit.Audit
    busy: set[int]
    """Threads that take note: what this asks itself is no question of the program."""

    def __call__(self, *args: object, **kwargs: object) -> object:
        try:
            return self.original(*args, **kwargs)
        except (FileNotFoundError, NotADirectoryError):
            if (ident := get_ident()) not in self.busy:
                self.busy.add(ident)
                try:
                    self._note(args, kwargs)
                except Exception as error:  # noqa: BLE001 -- nothing here may break the user's program
                    self.observer.failed("probes", error)
                finally:
                    self.busy.discard(ident)
            raise

    def _note(self, args: tuple[object, ...], kwargs: dict[str, object]) -> None:
        path = args[0] if args else kwargs.get("path")
        text = os.fsdecode(path) if isinstance(path, (str, bytes, os.PathLike)) else ""
        if not text or kwargs.get("dir_fd") is not None or text.startswith(self.observer.aside):
            return
        if any(part in text for part in audit.INSTALLED) or not self._is_inside(text):
            return
        found = self.observer.find(audit.caller(2), audit.READ)
        if found is not None:
            self.observer.note(audit.READ, WHAT, (found[0], found[1], None), text)

    def _is_inside(self, text: str) -> bool:
        path = os.path.normpath(os.path.join(os.getcwd(), text))  # noqa: PTH109, PTH118
        return path.startswith(self.observer.roots)


def stand_in(observer: audit.Audit) -> None:
    """Stand in for `os.stat`; to those who ask what it can do, the stand-in is the same."""
    original = os.stat
    stat = _Stat(original, "os")
    stat.observer, stat.busy = observer, set()
    for known in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
        if original in known:
            known.add(stat)
    setattr(os, "stat", stat)  # noqa: B010 -- a function of the standard library
