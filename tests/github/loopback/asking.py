"""A plain HTTP client, for requests that no library would send."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from loopback.hub import Hub


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    data: bytes

    @property
    def body(self) -> Any:
        """The body as JSON."""
        return json.loads(self.data)


def ask(
    hub: Hub,
    method: str,
    path: str,
    body: Any = None,
    *,
    token: str | None = "t",
    headers: dict[str, str] | None = None,
    timeout: float = 10,
) -> Reply:
    """Send one request; the path stands below the base path of the server."""
    target = urlsplit(hub.url)
    sent = {"User-Agent": "plain", "Accept": "application/vnd.github+json", **(headers or {})}
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    if data is not None:
        sent.setdefault("Content-Type", "application/json")
    connection = http.client.HTTPConnection(str(target.hostname), target.port, timeout=timeout)
    try:
        connection.request(method, target.path + path, data, sent)
        response = connection.getresponse()
        return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()
