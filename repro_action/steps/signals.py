# SPDX-License-Identifier: Apache-2.0
"""Turns the signals that end a process into an exception, so that everything is tidied up."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from repro_action.errors import Interrupted

SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise Interrupted where SIGTERM or SIGHUP arrives; put the old handlers back at the end.

    Only the first one raises: later ones come while things are tidied up and must not
    break that off. Ctrl-C stays a KeyboardInterrupt, so a second one still does. A signal
    that was ignored from the start (`nohup`) stays ignored. Outside the main thread, where
    Python handles no signals, this does nothing.

    Raises:
        Interrupted: from wherever the program is at that moment.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    raised = False

    def stop(number: int, _frame: FrameType | None) -> None:
        nonlocal raised
        if not raised:
            raised = True
            raise Interrupted(
                f"the run was stopped by {signal.Signals(number).name}",
                remedy="Its steps were stopped too; start it again.",
            )

    previous = {
        number: signal.signal(number, stop)
        for number in SIGNALS
        if signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
