# SPDX-License-Identifier: Apache-2.0
"""How long and how often GitHub is asked again: one rule for every request, within bounds.

A request that GitHub refused for its rate was not carried out, and may always be repeated. One
that got no answer, or one that says nothing, may have been: it is repeated only where that does
no harm.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TypeVar

from repro_action.sinks.github.port import CodeHostError, Uncertain

T = TypeVar("T")

REPEATS = 3
"""How often one request is repeated after no answer."""

LONGEST_WAIT = 60.0
"""Seconds of one wait for a rate limit."""

WAITS = 120.0
"""Seconds of all waits for rate limits together."""

ALL = 300.0
"""Seconds of all requests and waits together."""

LIMITED = 10
"""How often one request is repeated after it was refused for its rate."""


class Repeat(Enum):
    """Whether a request may be sent twice."""

    READ = auto()
    SAME = auto()
    """A write that leaves the same behind however often it is carried out."""
    NEVER = auto()


class Limited(CodeHostError):
    """A request was refused for its rate, and not carried out.

    Attributes:
        wait: seconds until it may be sent again.
    """

    def __init__(self, what: str, *, wait: float, status: int, why: str = "", remedy: str = "") -> None:
        super().__init__(what, why=why, remedy=remedy, status=status)
        self.wait = wait


@dataclass(kw_only=True)
class RetryBounds:
    """Asks, waits and asks again; counts what it has waited.

    Attributes:
        sleep, clock: of the machine, or of a test.
        spent: seconds spent on requests and waits.
        waited: seconds waited for rate limits.
    """

    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    spent: float = field(default=0.0, init=False)
    waited: float = field(default=0.0, init=False)

    def ask(self, call: Callable[[], T], repeat: Repeat) -> T:
        """Return what `call` returns, asking again where that may help.

        Args:
            call: raises `Limited` or `Uncertain` where another try may help.
            repeat: whether it may be repeated after `Uncertain`.

        Raises:
            CodeHostError: what `call` raised last; `Uncertain` for writes only.
        """
        failures = limits = 0
        while True:
            try:
                return self._timed(call)
            except Limited as error:
                limits += 1
                self._wait_for_limit(error, limits)
            except Uncertain as error:
                failures += 1
                if repeat is Repeat.NEVER or failures > REPEATS:
                    # Whoever looks now what became of it should see it, if it happened.
                    self._pause(1.0)
                    raise _as_final_error(error, repeat) from None
                self._pause(2.0 ** (failures - 1))

    def _timed(self, call: Callable[[], T]) -> T:
        if self.spent > ALL:
            raise CodeHostError(
                f"GitHub took more than {ALL:.0f} seconds in all",
                remedy="Run the job again later; https://www.githubstatus.com lists incidents.",
            )
        start = self.clock()
        try:
            return call()
        finally:
            self.spent += self.clock() - start

    def _pause(self, seconds: float) -> None:
        self.sleep(seconds)
        self.spent += seconds

    def _wait_for_limit(self, error: Limited, times: int) -> None:
        if error.wait > LONGEST_WAIT or self.waited + error.wait > WAITS or times > LIMITED:
            raise CodeHostError(error.what, why=error.why, remedy=error.remedy, status=error.status) from None
        self._pause(error.wait)
        self.waited += error.wait


def _as_final_error(error: Uncertain, repeat: Repeat) -> CodeHostError:
    if repeat is not Repeat.READ:
        return error
    return CodeHostError(error.what, why=error.why, remedy=error.remedy, status=error.status)
