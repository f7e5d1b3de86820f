# SPDX-License-Identifier: Apache-2.0
"""Pinned data that is not there, brought to its place before it is looked at."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from repro_action.config.model import Config, DataPin, UnpinnedData
from repro_action.config.sources import DataSource, SourceProblem, parse_source
from repro_action.data.fetch.buckets import Bucket, BucketFile
from repro_action.data.fetch.data_cache import DataCache, put_in_place
from repro_action.data.fetch.transfer import RemoteFile, fetch_into, only_one
from repro_action.data.fetch.web import WebFile
from repro_action.data.hash_file import digest_file
from repro_action.data.missing_data import is_lfs_pointer, missing_data_error
from repro_action.data.signature import shown
from repro_action.errors import FetchError
from repro_action.interpreter.cache import cache_folder
from repro_action.paths.names import refusal
from repro_action.progress import Progress

_HUB_RIGHTS = "Set HF_TOKEN to a token that may read the repository, or accept its terms on the hub."


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """Brings data to its place.

    Attributes:
        config: the project.
        environ: names the cache's folder and what opens the hub.
        progress: hears how far it is.
    """

    config: Config
    environ: Mapping[str, str]
    progress: Progress

    def fetch_missing(self) -> None:
        """Fetch what is not there and can be fetched; of the rest, the check of the pins says why not.

        Raises:
            FetchError: something cannot be fetched, or is not what was promised.
        """
        for pin in self.config.data:
            place = self.config.root / pin.path
            if refusal(pin.path) is not None:
                continue
            if is_lfs_pointer(place):
                self._from_lfs(pin)
            elif not place.exists():
                self._fetch(pin, place)

    def fetch_unpinned(self, data: UnpinnedData) -> None:
        """Fetch a file whose digest is not known yet.

        Raises:
            FetchError: it cannot be fetched.
        """
        place = self.config.root / data.path
        if place.exists() or not data.source:
            return
        remote = remote_file(parse_source(data.source), self.environ)
        folder = self._cache.folder / "unpinned"
        part = folder / digest_text(data.source)
        with only_one(part.with_suffix(".lock")):
            try:
                fetch_into(remote, part, self.progress)
            except FileNotFoundError:
                raise _nothing_there(remote.name) from None
            found = digest_file(part, self.config.digest)
            kept = self._cache.place(found)
            kept.parent.mkdir(parents=True, exist_ok=True)
            part.replace(kept)
        put_in_place(kept, place, shown(data.path))

    @property
    def _cache(self) -> DataCache:
        return DataCache(cache_folder(self.environ) / "data")

    def _fetch(self, pin: DataPin, place: Path) -> None:
        if pin.source:
            try:
                remote = remote_file(parse_source(pin.source), self.environ)
                source = self._cache.fetch(remote, pin.digest, self.progress)
            except SourceProblem as problem:
                raise FetchError(problem.what, remedy=problem.remedy) from None
            except FileNotFoundError as error:
                raise _nothing_there(str(error)) from None
            put_in_place(source, place, shown(pin.path))
            return
        self._from_dvc(pin, place)

    def _from_dvc(self, pin: DataPin, place: Path) -> None:
        from repro_action.data.dvc.objects import materialise
        from repro_action.data.dvc.pointers import pointer_of
        from repro_action.data.dvc.remote import objects_of
        from repro_action.data.dvc.settings import find_settings

        pointer = pointer_of(self.config.root, pin.path)
        exact = pointer is not None and pointer.path == pin.path
        digest = pointer.digest if pointer is not None and exact else pin.digest
        settings = find_settings(self.config.root)
        if settings is None or not digest.algorithm.startswith("md5"):
            return
        folder = self.config.state / "cache" / "fetching"
        target = folder / place.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            self.progress.stage(f"fetching {shown(pin.path)} from DVC's cache or remote")
            sources = objects_of(settings)
            legacy = pointer.legacy if pointer is not None and exact else True
            if not materialise(sources, digest, target, legacy=legacy, progress=self.progress):
                raise self._in_no_remote(pin, [remote.name for remote in settings.remotes])
            place.parent.mkdir(parents=True, exist_ok=True)
            target.replace(place)
        except OSError as error:
            raise FetchError(f"{shown(pin.path)} cannot be written: {error.strerror}") from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _in_no_remote(self, pin: DataPin, remotes: list[str]) -> FetchError:
        usual = missing_data_error(self.config.root, pin.path)
        names = ", ".join(shown(name) for name in remotes)
        where = f"DVC's cache or its remotes ({names})" if remotes else "DVC's cache, and there is no remote"
        return FetchError(
            usual.what,
            why=f"Its digest, {pin.digest}, is not in {where}.",
            remedy=f"Push it from where it is: `dvc push`. {usual.remedy}",
        )

    def _from_lfs(self, pin: DataPin) -> None:
        """Let git-lfs fetch a file whose pointer is there; without git-lfs, the check of the pin says so."""
        if shutil.which("git-lfs", path=self.environ.get("PATH")) is None:
            return
        from repro_action.git_command import run_git

        self.progress.stage(f"fetching {shown(pin.path)} by git-lfs")
        with contextlib.suppress(OSError):
            run_git(self.config.root, "lfs", "pull", "--include", pin.path, "--exclude", "")


def remote_file(source: DataSource, environ: Mapping[str, str]) -> RemoteFile:
    """Return the file that an address names.

    Args:
        source: the address.
        environ: may hold HF_ENDPOINT and HF_TOKEN.
    """
    if source.scheme in {"s3", "gs", "az"}:
        bucket = Bucket(scheme=source.scheme, name=source.place)
        return BucketFile(bucket=bucket, key=source.key)
    if source.scheme == "hf":
        hub = environ.get("HF_ENDPOINT") or "https://huggingface.co"
        token = environ.get("HF_TOKEN", "")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return WebFile(name=str(source), address=source.web_address(hub), headers=headers, rights=_HUB_RIGHTS)
    return WebFile(name=str(source), address=source.web_address())


def digest_text(text: str) -> str:
    """Return a name for what is fetched from an address."""
    from repro_action.digest import digest_bytes

    return digest_bytes("sha256", text.encode("utf-8", "surrogateescape")).value


def _nothing_there(name: str) -> FetchError:
    return FetchError(f"there is no file at {name}", remedy="Correct `source`.")
