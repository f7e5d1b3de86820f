# SPDX-License-Identifier: Apache-2.0
"""A repository in an OCI registry, by plain HTTP: manifests by tag, blobs by digest, bounded.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md, version 1.1. The user and password of
`REPRO_REGISTRY_USER` and `REPRO_REGISTRY_PASSWORD` go to the host that `REPRO_REGISTRY` names, and to the
token service that it names if that is encrypted; nowhere else, whatever address a configuration holds.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from repro_action.errors import ReproError
from repro_action.http_exchange import arriving, ask, bounded_body, new_session, steady

if TYPE_CHECKING:
    from requests import Response

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
_MANIFESTS = (
    *(MANIFEST, INDEX),
    *("application/vnd.docker.distribution.manifest.v2+json",),
    *("application/vnd.docker.distribution.manifest.list.v2+json",),
)
RIGHTS = "Set REPRO_REGISTRY to its host, and REPRO_REGISTRY_USER and REPRO_REGISTRY_PASSWORD."
MAX_MANIFEST = 32 << 20
MAX_PAGES = 200

_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9a-fA-F:]+\](:[0-9]{1,5})?")
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_NAME = re.compile(rf"{_PART}(?:/{_PART})*")
_LOCAL = ("localhost", "127.0.0.1", "::1")
_TIMEOUT = (10.0, 60.0)
_SECONDS = 300.0
_CHUNK = 1 << 20
_CHALLENGE = re.compile(r'([a-z_]+)="([^"]*)"')
_REDIRECTS = 3
_LOGINS = 100


class RegistryError(ReproError):
    """A registry cannot be reached, refuses, or answers with something else than was asked for."""


@dataclass(slots=True, kw_only=True)
class OciRepository:
    """One repository.

    Attributes:
        host: of the registry, with its port.
        name: of the repository.
    """

    host: str
    name: str
    _token: list[str] = field(default_factory=list, init=False, repr=False)
    _logins: int = field(default=0, init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse names that would be another address."""
        if not _HOST.fullmatch(self.host) or not _NAME.fullmatch(self.name):
            raise RegistryError(
                f"oci://{self.host}/{self.name} is not an address of a repository",
                remedy="Write oci://HOST/NAME, in small letters.",
            )

    @property
    def address(self) -> str:
        """How people call it."""
        return f"oci://{self.host}/{self.name}"

    @property
    def _base(self) -> str:
        local = urlsplit(f"//{self.host}").hostname in _LOCAL
        return f"{'http' if local else 'https'}://{self.host}/v2/{self.name}"

    def manifest(self, reference: str) -> tuple[dict[str, Any], str] | None:
        """Return a manifest, or an index of several, and its digest, by tag or digest; None for none.

        Raises:
            RegistryError: it cannot be had, is too large, or has another digest.
        """
        answer = self._ask("GET", f"/manifests/{reference}", headers={"Accept": ", ".join(_MANIFESTS)})
        if answer.status_code == 404:
            return None
        content = self._body(self._require(answer, 200))
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if reference.startswith("sha256:") and reference != digest:
            raise self._failed("the registry sends another manifest than was asked for")
        try:
            found = json.loads(content)
        except (ValueError, RecursionError):
            raise self._failed("the registry sends a manifest that is not JSON") from None
        if not isinstance(found, dict):
            raise self._failed("the registry sends a manifest that is not a table")
        return found, digest

    def put_manifest(self, reference: str, manifest: Mapping[str, object]) -> None:
        """Store a manifest under a tag.

        Raises:
            RegistryError: it is refused.
        """
        content = json.dumps(manifest, separators=(",", ":"), sort_keys=True).encode()
        headers = {"Content-Type": str(manifest.get("mediaType", MANIFEST))}
        self._require(self._ask("PUT", f"/manifests/{reference}", headers=headers, data=content), 201)

    def delete_manifest(self, digest: str) -> None:
        """Remove a manifest; one that is not there is removed.

        Raises:
            RegistryError: the registry does not allow it.
        """
        self._require(self._ask("DELETE", f"/manifests/{digest}"), 202, 404)

    def tags(self, limit: int) -> tuple[str, ...]:
        """Return tags, at most `limit` and a page more.

        Raises:
            RegistryError: they cannot be listed.
        """
        found: list[str] = []
        path = "/tags/list?n=500"
        for _ in range(MAX_PAGES):
            answer = self._ask("GET", path)
            if answer.status_code == 404:
                return ()
            try:
                names = json.loads(self._body(self._require(answer, 200))).get("tags") or []
                found += [name for name in names if isinstance(name, str)]
            except (ValueError, AttributeError, TypeError, RecursionError):
                raise self._failed("the registry sends a list of tags that is malformed") from None
            following = re.search(r'<([^>]+)>; rel="next"', answer.headers.get("Link", ""))
            if following is None or len(found) > limit:
                break
            path = f"/tags/list?{urlsplit(following[1]).query}"
        return tuple(found)

    def blob_size(self, digest: str) -> int | None:
        """Return how many bytes a blob has; None where there is none.

        Raises:
            RegistryError: the registry cannot be asked, or does not say.
        """
        answer = self._ask("HEAD", f"/blobs/{digest}")
        if answer.status_code == 404:
            return None
        answer = self._followed("HEAD", answer)
        length = self._require(answer, 200).headers.get("Content-Length", "")
        if not length.isdecimal():
            raise self._failed("the registry does not say how large a blob is")
        return int(length)

    def blob(self, digest: str) -> Iterator[bytes] | None:
        """Return the bytes of a blob, not checked; None where there is none.

        Raises:
            RegistryError: it cannot be had.
        """
        answer = self._ask("GET", f"/blobs/{digest}")
        if answer.status_code == 404:
            return None
        return self._chunks(self._require(self._followed("GET", answer), 200))

    def put_blob(self, digest: str, content: IO[bytes]) -> None:
        """Store a blob; the registry checks its digest.

        Raises:
            RegistryError: it is refused, or the registry sends it to another server.
        """
        begun = self._require(self._ask("POST", "/blobs/uploads/", data=b""), 202)
        place = urljoin(f"{self._base}/", begun.headers.get("Location", ""))
        if urlsplit(place)[:2] != urlsplit(self._base)[:2]:
            raise self._failed("the registry sends an upload to another server")
        separator = "&" if urlsplit(place).query else "?"
        headers = {"Content-Type": "application/octet-stream"}
        address = f"{place}{separator}digest={digest}"
        self._require(self._send("PUT", address, headers=headers, data=content), 201)

    def delete_blob(self, digest: str) -> None:
        """Remove a blob; one that is not there is removed.

        Raises:
            RegistryError: the registry does not allow it.
        """
        self._require(self._ask("DELETE", f"/blobs/{digest}"), 202, 404)

    def _ask(self, method: str, path: str, **more: Any) -> Response:
        answer = self._send(method, f"{self._base}{path}", **more)
        if answer.status_code == 401 and self._logins < _LOGINS:
            # A token lasts some minutes, and a large layer may take longer.
            self._logins += 1
            self._token[:] = [self._login(answer.headers.get("WWW-Authenticate", ""))]
            answer = self._send(method, f"{self._base}{path}", **more)
        return answer

    def _send(
        self,
        method: str,
        address: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: bytes | IO[bytes] | None = None,
    ) -> Response:
        import requests

        rights = {"Authorization": self._token[0]} if self._token else {}
        try:
            return ask(
                new_session(),
                method,
                address,
                timeout=_TIMEOUT,
                headers={**(headers or {}), **rights},
                data=data,
            )
        except requests.RequestException as error:
            # Its own text may hold a signed address.
            raise self._failed(f"the registry does not answer ({type(error).__name__})") from None

    def _login(self, challenge: str) -> str:
        """Return the header that answers a challenge."""
        basic = self._rights()
        if challenge.lower().startswith("basic"):
            if not basic:
                raise self._failed("the registry wants a user and a password", RIGHTS)
            return basic
        asked = dict(_CHALLENGE.findall(challenge))
        realm = urlsplit(asked.get("realm", ""))
        if realm.scheme != "https" and realm[:2] != urlsplit(self._base)[:2]:
            raise self._failed("the registry names no token service that can be trusted with rights", RIGHTS)
        import requests

        query = {name: asked[name] for name in ("service", "scope") if name in asked}
        try:
            answer = ask(
                new_session(),
                "GET",
                realm.geturl(),
                timeout=_TIMEOUT,
                headers={"Authorization": basic} if basic else {},
                params=query,
            )
            table = json.loads(self._body(self._require(answer, 200)))
            token = table.get("token") or table.get("access_token")
        except (requests.RequestException, ValueError, AttributeError, RecursionError):
            raise self._failed("the token service of the registry does not answer", RIGHTS) from None
        if not isinstance(token, str) or not token.isprintable():
            raise self._failed("the token service of the registry sends no token", RIGHTS)
        return f"Bearer {token}"

    def _rights(self) -> str:
        """Return user and password, for the one registry that the environment says they are for."""
        user, password = (os.environ.get(f"REPRO_REGISTRY_{name}", "") for name in ("USER", "PASSWORD"))
        if not user or os.environ.get("REPRO_REGISTRY", "") != self.host:
            return ""
        return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def _followed(self, method: str, answer: Response) -> Response:
        """Follow redirects to where blobs are stored, without the registry's rights."""
        import requests

        for _ in range(_REDIRECTS):
            if answer.status_code not in {301, 302, 303, 307, 308}:
                return answer
            place = urljoin(answer.url, answer.headers.get("Location", ""))
            if urlsplit(place).scheme != "https" and urlsplit(place)[:2] != urlsplit(self._base)[:2]:
                raise self._failed("the registry sends a blob from an address that is not encrypted")
            try:
                answer = ask(new_session(), method, place, timeout=_TIMEOUT)
            except requests.RequestException as error:
                raise self._failed(f"the blobs' server does not answer ({type(error).__name__})") from None
        raise self._failed("the registry redirects too often")

    def _require(self, answer: Response, *wanted: int) -> Response:
        if answer.status_code in wanted:
            return answer
        refused = answer.status_code in {401, 403}
        what = "refuses: there are no rights" if refused else f"answers with status {answer.status_code}"
        raise self._failed(f"the registry {what}", RIGHTS if refused else "")

    def _body(self, answer: Response) -> bytes:
        import requests

        try:
            return bounded_body(
                answer,
                limit=MAX_MANIFEST,
                end=time.monotonic() + _SECONDS,
                too_long=self._failed("the registry's answer is too large"),
                too_slow=self._failed("the registry's answer takes too long"),
            )
        except requests.RequestException as error:
            raise self._failed(f"the registry's answer breaks off ({type(error).__name__})") from None

    def _chunks(self, answer: Response) -> Iterator[bytes]:
        import requests

        try:
            yield from steady(arriving(answer, _CHUNK), self._failed("the registry sends next to nothing"))
        except requests.RequestException as error:
            raise self._failed(f"a blob breaks off ({type(error).__name__})") from None

    def _failed(self, what: str, remedy: str = "") -> RegistryError:
        usual = "Check the network and the address; some registries allow no deletion."
        return RegistryError(what, where=self.address, remedy=remedy or usual)
