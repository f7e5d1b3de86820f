# SPDX-License-Identifier: Apache-2.0
"""Fetching what GitHub keeps elsewhere: an address that it hands out, without our token, within bounds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from repro_action.http_exchange import ask, bounded_body, new_session
from repro_action.sinks.github.port import CodeHostError, Missing, Uncertain

if TYPE_CHECKING:
    from requests import Response

REDIRECTS = 2
"""Addresses that are followed, GitHub's own included."""

SECONDS = 120.0
"""For one file."""

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def allowed(address: str, api: str) -> bool:
    """Whether an address may be fetched: by https, or from the interface's own host as that is reached.

    Args:
        address: absolute.
        api: address of GitHub's interface.
    """
    try:
        there, here = urlsplit(address), urlsplit(api)
        own = there.scheme == here.scheme and there.netloc == here.netloc
        bare = there.username is None and there.password is None
        local = there.scheme == "http" and here.scheme == "http" and there.hostname in _LOOPBACK
        return bare and bool(there.hostname) and (there.scheme == "https" or own or local)
    except ValueError:
        return False


def fetch(address: str, *, api: str, limit: int, timeout: float) -> bytes:
    """Return what stands at an address that GitHub handed out.

    No token, cookie or `.netrc` entry is sent. Errors never show the address: it is signed.

    Args:
        address: where to begin.
        api: address of GitHub's interface.
        limit: bytes.
        timeout: seconds without a byte.

    Raises:
        CodeHostError: it is too long, leads elsewhere, or is refused.
        Uncertain: no answer, or one that ended early.
    """
    end = time.monotonic() + SECONDS
    with new_session() as session:
        for _ in range(REDIRECTS):
            if not allowed(address, api):
                raise _led_astray()
            with ask(session, "GET", address, timeout=timeout) as response:
                session.cookies.clear()
                if not response.is_redirect:
                    return _body(response, limit, end)
                address = urljoin(address, response.headers["location"])
    raise _led_astray()


def _body(response: Response, limit: int, end: float) -> bytes:
    status = int(response.status_code)
    if status in {404, 410}:
        raise Missing("the artifact is not where GitHub says it is; it may have expired", status=status)
    if status >= 500:
        raise Uncertain(f"the artifact storage failed ({status})", status=status)
    if status != 200:
        raise CodeHostError(f"the artifact storage refused ({status})", status=status)
    too_slow = CodeHostError(f"the artifact took more than {SECONDS:.0f} seconds")
    return bounded_body(response, limit=limit, end=end, too_long=too_long(limit), too_slow=too_slow)


def too_long(limit: int) -> CodeHostError:
    """The error for an artifact beyond the bound."""
    return CodeHostError(
        f"the artifact has more than {limit:,} bytes",
        remedy="Upload only repro's own report under that name.",
    )


def _led_astray() -> CodeHostError:
    return CodeHostError(
        "the artifact's address is not allowed",
        why="It is followed over https only, and only to the artifact storage.",
    )
