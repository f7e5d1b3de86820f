# SPDX-License-Identifier: Apache-2.0
"""Objects in S3, Google Cloud Storage and Azure, by obstore; credentials are those of the environment."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from repro_action.data.fetch.transfer import Arriving
from repro_action.data.fetch.web import CONNECTING, SILENCE
from repro_action.errors import FetchError

RIGHTS = {
    "s3": "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_SKIP_SIGNATURE=true for a public bucket.",
    "gs": "Set GOOGLE_APPLICATION_CREDENTIALS, or GOOGLE_SKIP_SIGNATURE=true for a public bucket.",
    "az": "Set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN.",
}
"""scheme → what to do where a store refuses."""

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A bucket or container.

    Attributes:
        scheme: `s3`, `gs` or `az`.
        name: of the bucket or container.
        options: settings of obstore's store; may hold secrets.
        label: how people call it.
        rights: what to do where it refuses.
    """

    scheme: str
    name: str
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    label: str = ""
    rights: str = ""
    _opened: list[Any] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def address(self) -> str:
        """How people call it."""
        return self.label or f"{self.scheme}://{self.name}"

    def open(self) -> Any:
        """Return obstore's view of it, which is made once.

        Raises:
            FetchError: obstore is not installed, or refuses the settings.
        """
        if not self._opened:
            self._opened.append(self._open())
        return self._opened[0]

    def _open(self) -> Any:
        stores = _obstore(self.address, "obstore.store")
        insecure = any(value.startswith("http://") for value in self.options.values())
        try:
            return stores.from_url(
                f"{self.scheme}://{self.name}",
                config=dict(self.options) or None,
                client_options={
                    "connect_timeout": f"{CONNECTING:g}s",
                    "read_timeout": f"{SILENCE:g}s",
                    "timeout": "1day",
                    "allow_http": insecure or _is_insecure(),
                },
                retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=60)},
            )
        except Exception as error:  # noqa: BLE001 - whatever a compiled library raises
            raise FetchError(
                f"the settings of {self.address} are refused ({type(error).__name__})",
                remedy=self.rights or RIGHTS[self.scheme],
            ) from None


def _obstore(label: str, module: str = "obstore") -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        raise FetchError(
            f"{label} cannot be read without obstore",
            remedy="Install it beside repro: pip install 'repro-action[data]'.",
        ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketFile:
    """An object; satisfies `RemoteFile`."""

    bucket: Bucket
    key: str

    @property
    def name(self) -> str:
        """The address for people."""
        return f"{self.bucket.scheme}://{self.bucket.name}/{self.key}"

    def arriving(self, start: int) -> Arriving:
        """Ask for the object, from a byte on; see `RemoteFile`."""
        store, obstore = self.bucket.open(), _obstore(self.name)
        try:
            found = obstore.get(store, self.key, options={"range": {"offset": start}} if start else None)
            stream = found.stream(min_chunk_size=_CHUNK)
            return Arriving(start=start, size=found.meta["size"], chunks=self._chunks(stream))
        except FileNotFoundError:
            raise FileNotFoundError(self.name) from None
        except Exception as error:  # noqa: BLE001 - whatever a compiled library raises
            if start:
                return self.arriving(0)  # what is there may be all, or more than that
            raise self._refused(error) from None

    def _chunks(self, stream: Iterable[Any]) -> Iterator[bytes]:
        try:
            for chunk in stream:
                yield bytes(memoryview(chunk))
        except Exception as error:  # noqa: BLE001 - likewise
            raise self._refused(error) from None

    def _refused(self, error: Exception) -> FetchError:
        # The error's own text may hold headers and signed addresses.
        kind, text = type(error).__name__, str(error)
        label = self.bucket.address
        rights = self.bucket.rights or RIGHTS[self.bucket.scheme]
        if kind in {"PermissionDeniedError", "UnauthenticatedError"} or "403" in text or "169.254." in text:
            return FetchError(f"{label} refuses {self.key}: there are no rights to read it", remedy=rights)
        return FetchError(
            f"{self.key} cannot be fetched from {label} ({kind})",
            remedy=f"Check the network, the name and the endpoint. {rights}",
        )


def _is_insecure() -> bool:
    """Whether the environment names an endpoint without encryption, as for a server on this machine."""
    names = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT", "AZURE_STORAGE_ENDPOINT")
    return any(os.environ.get(name, "").startswith("http://") for name in names)
