# SPDX-License-Identifier: Apache-2.0
"""A remote of DVC's as a place where contents are found; what came is checked, and kept in DVC's cache.

A committed `.dvc/config` may be a stranger's. So no command of it is run; a login is sent by HTTP only where
`config.local` names both the login and the address; keys of S3 are signed with, never sent; tokens go to
Google's own servers, and to an account of Azure that the environment or `config.local` names.
"""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from repro_action.data.dvc.cache import ObjectFolder
from repro_action.data.dvc.objects import ObjectSource, matches, object_names
from repro_action.data.dvc.settings import DvcSettings, Remote
from repro_action.data.fetch.buckets import RIGHTS, Bucket, BucketFile
from repro_action.data.fetch.transfer import RemoteFile, fetch_checked, only_one
from repro_action.data.fetch.web import WebFile
from repro_action.digest import Digest
from repro_action.errors import FetchError
from repro_action.paths.names import shown
from repro_action.progress import Progress

_BUCKETS = {"s3": "s3", "gs": "gs", "gcs": "gs", "azure": "az"}
_OPTIONS: Mapping[str, Mapping[str, str]] = {
    "s3": {
        "endpointurl": "endpoint",
        "region": "region",
        "access_key_id": "access_key_id",
        "secret_access_key": "secret_access_key",
        "session_token": "session_token",
        "allow_anonymous_login": "skip_signature",
    },
    "gs": {"credentialpath": "service_account"},
    "az": {
        "account_name": "account_name",
        "account_key": "account_key",
        "sas_token": "sas_key",
        "allow_anonymous_login": "skip_signature",
    },
}
"""scheme → option of DVC's → that of obstore."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteObjects:
    """A remote behind a network; satisfies `ObjectSource`.

    Attributes:
        remote: as it is configured.
        cache: folder of DVC's cache, which keeps what came.
        parts: folder for what was cut off.
    """

    remote: Remote
    cache: Path
    parts: Path
    _buckets: list[Bucket] = field(default_factory=list, init=False, repr=False, compare=False)

    def get(self, digest: Digest, target: Path, progress: Progress, *, legacy: bool = False) -> bool:
        """Fetch an object; see `ObjectSource`.

        Raises:
            FetchError: the remote refuses, does not answer, or sends other bytes.
        """
        wanted = Digest("md5", digest.value)
        for name in object_names(digest):
            part = self.parts / f"repro-{name.replace('/', '-')}.part"
            file = self._file(name)
            with only_one(part.with_suffix(".lock")):
                try:
                    right = fetch_checked(
                        file, part, progress, lambda place: matches(place, wanted, legacy=legacy)
                    )
                except FileNotFoundError:
                    continue
                finally:
                    part.with_suffix(".lock").unlink(missing_ok=True)
                if not right:
                    part.unlink()
                    raise FetchError(
                        f"the DVC remote {shown(self.remote.name)} sends other bytes than {name} says",
                        remedy="Push the data again from where it is whole: `dvc push`.",
                    )
                self._keep(part, name)
                shutil.move(part, target)
            return True
        return False

    def _keep(self, part: Path, name: str) -> None:
        """Put an object into the cache, as `dvc pull` does; one that cannot be written is done without."""
        place = self.cache / name
        with contextlib.suppress(OSError):
            if not self.cache.is_dir() or place.exists():
                return
            place.parent.mkdir(parents=True, exist_ok=True)
            temporary = place.with_name(f".{place.name}.{os.getpid()}.part")
            shutil.copyfile(part, temporary)
            temporary.chmod(0o444)
            temporary.replace(place)

    def _file(self, name: str) -> RemoteFile:
        remote = self.remote
        parts = urlsplit(remote.url)
        scheme = _BUCKETS.get(parts.scheme, parts.scheme)
        label = f"the DVC remote {shown(remote.name)} ({shown(_plain(remote.url))})"
        key = "/".join(filter(None, (parts.path.strip("/"), name)))
        if scheme in {"s3", "gs", "az"}:
            bucket = self._bucket(scheme, parts.netloc.rpartition("@")[2], label)
            return BucketFile(bucket=bucket, key=key)
        if scheme in {"http", "https"}:
            address = f"{scheme}://{parts.netloc.rpartition('@')[2]}/{key}"
            rights = f"Fetch it with DVC: `dvc pull -r {remote.name}`."
            return WebFile(name=f"{label}: {name}", address=address, headers=_login(remote), rights=rights)
        raise FetchError(
            f"{label} is of a kind that repro does not read",
            why="A folder, S3, Google Cloud Storage, Azure and HTTP are read.",
            remedy=f"Run `dvc pull -r {remote.name}`.",
        )

    def _bucket(self, scheme: str, name: str, label: str) -> Bucket:
        if not self._buckets:
            known, options = _OPTIONS[scheme], self.remote.options
            rights = f"{RIGHTS[scheme]} Or fetch it with DVC: `dvc pull -r {self.remote.name}`."
            given = {known[option]: value for option, value in options.items() if option in known}
            if scheme == "az" and not self._is_own_account():
                given = {"account_name": given.get("account_name", ""), "skip_signature": "true"}
            self._buckets.append(Bucket(scheme=scheme, name=name, options=given, label=label, rights=rights))
        return self._buckets[0]

    def _is_own_account(self) -> bool:
        """Whether an account of Azure is the user's own: tokens are sent to it, and not only signed with."""
        named = self.remote.options.get("account_name", "")
        own = os.environ.get("AZURE_STORAGE_ACCOUNT_NAME", "")
        return not named or named == own or "account_name" in self.remote.private


def objects_of(settings: DvcSettings) -> tuple[ObjectSource, ...]:
    """Return where contents of a repository are found: its cache, then its remotes, the default one first."""
    found: list[ObjectSource] = [ObjectFolder(settings.cache)]
    for remote in settings.remotes:
        if "://" not in remote.url:
            found.append(ObjectFolder(Path(remote.url)))
        elif remote.url.startswith("file://"):
            found.append(ObjectFolder(Path(remote.url.removeprefix("file://"))))
        else:
            parts = settings.top / ".dvc" / "tmp"
            found.append(RemoteObjects(remote=remote, cache=settings.cache, parts=parts))
    return tuple(found)


def _login(remote: Remote) -> Mapping[str, str]:
    """Return the header of a login that `config.local` names together with the address that it is for."""
    user, password = remote.options.get("user", ""), remote.options.get("password", "")
    if not user or not password or not {"url", "user", "password"} <= remote.private:
        return {}
    token = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
    return {"Authorization": f"Basic {token}"}


def _plain(url: str) -> str:
    """Return an address without login and query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
