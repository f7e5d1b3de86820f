# SPDX-License-Identifier: Apache-2.0
"""How a server is asked: no login that nobody named, no redirect followed unseen, no body without bounds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from requests import PreparedRequest, Response, Session

    Login: TypeAlias = Callable[[PreparedRequest], PreparedRequest]

_CHUNK = 1 << 16
_WINDOW = 120.0
_LEAST = 64 << 10
"""Bytes that must come in a window of seconds: a server may not send a byte a minute for ever."""


def no_login(request: PreparedRequest) -> PreparedRequest:
    """Send no login: without this, that of `~/.netrc` goes to any address that a stranger's change names."""
    return request


def new_session(login: Login = no_login) -> Session:
    """Return a session whose requests carry what `login` adds to them, and no other rights."""
    import requests

    session = requests.Session()
    session.auth = login
    return session


def ask(
    session: Session,
    method: str,
    address: str,
    *,
    timeout: float | tuple[float, float],
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    data: bytes | IO[bytes] | None = None,
) -> Response:
    """Return the answer of one address, its body not read yet; a redirect is an answer.

    Args:
        session: of `new_session`.
        method: such as `GET`.
        address: absolute.
        timeout: seconds without a byte; of two, the first is for connecting.
        headers: sent with it.
        params: of the query.
        data: the body to send; of a file, what is left to read.

    Raises:
        requests.RequestException: there is no answer.
    """
    return session.request(
        method,
        address,
        params=params,
        data=data,
        # Bytes as they are: a digest is of the file, not of what a server made of it on the way.
        headers={"Accept-Encoding": "identity", **(headers or {})},
        timeout=timeout,
        allow_redirects=False,
        stream=True,
    )


def bounded_body(
    response: Response, *, limit: int, end: float, too_long: Exception, too_slow: Exception
) -> bytes:
    """Return the body of an answer.

    Args:
        response: of `ask`.
        limit: bytes.
        end: when it has to be there, by `time.monotonic`.
        too_long: raised beyond the limit.
        too_slow: raised after the end.

    Raises:
        requests.RequestException: it breaks off.
    """
    received = bytearray()
    for chunk in arriving(response, _CHUNK):
        received += chunk
        if len(received) > limit:
            raise too_long
        if time.monotonic() > end:
            raise too_slow
    return bytes(received)


def arriving(response: Response, size: int) -> Iterator[bytes]:
    """Yield a body as it comes, in pieces of up to `size` bytes.

    `Response.iter_content` waits until a piece is full, for as long as a server that drips likes.

    Raises:
        requests.RequestException: it breaks off.
    """
    import requests
    import urllib3

    try:
        while chunk := response.raw.read1(size, decode_content=True):
            yield chunk
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise requests.ConnectionError(error) from error


def steady(chunks: Iterable[bytes], too_slow: Exception) -> Iterator[bytes]:
    """Yield what a server sends, as long as it sends 64 KiB in two minutes.

    Args:
        chunks: of a body of any length.
        too_slow: raised where next to nothing comes.
    """
    began, count = time.monotonic(), 0
    for chunk in chunks:
        yield chunk
        count += len(chunk)
        now = time.monotonic()
        if now - began > _WINDOW:
            if count < _LEAST:
                raise too_slow
            began, count = now, 0
