# SPDX-License-Identifier: Apache-2.0
"""Files on the web and on the Hugging Face hub, by HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from repro_action.data.fetch.transfer import Arriving
from repro_action.errors import FetchError
from repro_action.http_exchange import ask, new_session, steady

if TYPE_CHECKING:
    import requests

CONNECTING = 10.0
"""Seconds."""

SILENCE = 30.0
"""Seconds in which at least one byte must come."""

_CHUNK = 1 << 20
_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18}|\*)")
_REDIRECTS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class WebFile:
    """A file at an address; satisfies `RemoteFile`.

    Attributes:
        name: for people, without secrets.
        address: whole.
        headers: sent to the address's own host alone; may hold a secret.
        rights: what to do where the server refuses.
        silence: seconds in which at least one byte must come.
    """

    name: str
    address: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    rights: str = "Check the address; a file behind a login has to be put there by hand."
    silence: float = SILENCE

    def arriving(self, start: int) -> Arriving:
        """Ask for the file, from a byte on; see `RemoteFile`."""
        answer = self._asked(start)
        if answer.status_code == 416 and start:
            answer.close()
            answer = self._asked(0)
        if answer.status_code not in {200, 206}:
            answer.close()
            raise self._refused(answer.status_code)
        match = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        resumed = answer.status_code == 206 and match is not None and int(match[1]) == start
        if answer.status_code == 206 and not resumed:
            answer.close()
            raise FetchError(f"the server sends another part of {self.name} than was asked for")
        length = answer.headers.get("Content-Length", "")
        size = int(length) if length.isdigit() and len(length) < 19 else None
        if resumed and match is not None:
            size = int(match[2]) if match[2] != "*" else None
        chunks = self._chunks(answer)
        return Arriving(start=start if resumed else 0, size=size, chunks=chunks, end=answer.close)

    def _refused(self, status: int) -> Exception:
        if status in {404, 410}:
            return FileNotFoundError(self.name)
        if status in {401, 403}:
            return FetchError(f"the server refuses {self.name} ({status})", remedy=self.rights)
        return FetchError(
            f"the server answers {self.name} with status {status}",
            remedy="Try again later, or check the address.",
        )

    def _asked(self, start: int) -> requests.Response:
        import requests

        headers = {"Range": f"bytes={start}-"} if start else {}
        address, host = self.address, urlsplit(self.address).netloc
        try:
            with new_session() as session:
                for _ in range(_REDIRECTS):
                    own = self.headers if urlsplit(address).netloc == host else {}
                    timeout = (CONNECTING, self.silence)
                    answer = ask(session, "GET", address, timeout=timeout, headers={**headers, **own})
                    if not answer.is_redirect:
                        return answer
                    following = urljoin(address, answer.headers["Location"])
                    answer.close()
                    self._require_safe(address, following)
                    address = following
        except (requests.RequestException, ValueError) as error:
            raise self._unanswered(error) from None
        raise FetchError(f"{self.name} is redirected without end", remedy="Check the address.")

    def _require_safe(self, address: str, following: str) -> None:
        scheme = urlsplit(following).scheme
        if scheme != "https" and scheme != urlsplit(address).scheme:
            raise FetchError(
                f"the server of {self.name} redirects to an address that is not encrypted",
                remedy="Name the file's own address.",
            )

    def _chunks(self, answer: requests.Response) -> Iterator[bytes]:
        import requests
        import urllib3

        too_slow = FetchError(
            f"the server of {self.name} sends next to nothing",
            remedy="Try again later: what came is kept.",
        )
        try:
            with answer:
                yield from steady(iter(lambda: answer.raw.read1(_CHUNK), b""), too_slow)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise self._unanswered(error) from None

    def _unanswered(self, error: Exception) -> FetchError:
        # The error's own text holds the whole address.
        kind = type(error).__name__
        slow = "timeout" in kind.lower() or "timed out" in str(error).lower()
        what = (
            f"the server of {self.name} does not answer"
            if slow
            else f"{self.name} cannot be fetched ({kind})"
        )
        why = f"No byte came for {self.silence:g} seconds." if slow else ""
        return FetchError(what, why=why, remedy="Check the network and the address, then run again.")
