# SPDX-License-Identifier: Apache-2.0
"""Laws of turning signals into exceptions."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from repro_action.errors import Interrupted
from repro_action.steps.signals import interruptible


def receive(number, tidied):
    with interruptible():
        try:
            os.kill(os.getpid(), number)
            time.sleep(1)
        finally:
            os.kill(os.getpid(), number)
            tidied.append("all")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_becomes_an_exception_and_the_handler_comes_back(number):
    before = signal.getsignal(number)
    with pytest.raises(Interrupted, match=number.name):
        receive(number, [])
    assert before == signal.getsignal(number)


def test_a_second_signal_does_not_break_off_the_tidying():
    tidied = []
    with pytest.raises(Interrupted):
        receive(signal.SIGTERM, tidied)
    assert ["all"] == tidied


def test_an_ignored_signal_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_outside_the_main_thread_nothing_happens():
    seen = []

    def work():
        with interruptible():
            seen.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert [before] == seen
