# SPDX-License-Identifier: Apache-2.0
"""A file or folder of an image in an OCI registry, or the files of an artifact as `oras push` makes it.

https://github.com/opencontainers/image-spec/blob/main/manifest.md, version 1.1.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from repro_action.errors import FetchError
from repro_action.oci_registry import OciRepository, RegistryError
from repro_action.progress import Progress
from repro_action.report.numbers import size as size_text
from repro_action.subjects.collect import LARGEST
from repro_action.subjects.image_layers import LayeredFiles
from repro_action.subjects.local_path import files_of
from repro_action.subjects.subject import FetchedSubject
from repro_action.text import clean

_ADDRESS = re.compile(
    r"oci://(?P<host>[^/@#]+)/(?P<name>[^@#:]+)(?:@(?P<digest>sha256:[0-9a-f]{64})|:(?P<tag>\w[\w.-]{0,127}))?"
    r"(?:#/?(?P<path>.*))?",
    re.ASCII,
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_TITLE = "org.opencontainers.image.title"
_UNPACK = "io.deis.oras.content.unpack"
"""What `oras push` writes beside a folder, which it packs as a tar archive."""

_FILEPATH = "org.cncf.model.filepath"
"""The name of a file that a layer of the kind `….raw` is, of a model as the CNCF specifies it."""

_RUN = {
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
}
"""Configurations of images that runtimes start: these unpack every layer, whatever is written beside it."""

_LAYERS = 1_000
_PLATFORM = "linux/amd64"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """One layer, as a manifest describes it."""

    digest: str
    size: int
    kind: str
    title: str
    packed: bool

    @classmethod
    def of(cls, raw: object, *, run: bool) -> _Layer:
        """Read a descriptor.

        Args:
            raw: of a manifest.
            run: whether it is of an image that runtimes start.

        Raises:
            FetchError: it has no SHA-256 or no size.
        """
        table = raw if isinstance(raw, dict) else {}
        notes = table.get("annotations")
        named: Mapping[str, object] = notes if isinstance(notes, dict) else {}
        digest, size, kind = table.get("digest"), table.get("size"), str(table.get("mediaType", ""))
        title = named.get(_TITLE, named.get(_FILEPATH, "") if kind.endswith(".raw") else "")
        if not (isinstance(digest, str) and _DIGEST.fullmatch(digest)) or type(size) is not int or size < 0:
            raise FetchError("a layer of the manifest has no SHA-256 digest or no size")
        name = title if isinstance(title, str) else ""
        packed = run or named.get(_UNPACK) == "true" or ("tar" in kind and not name)
        return cls(digest=digest, size=size, kind=kind, title=name, packed=packed)


@dataclass(frozen=True, slots=True)
class OciImage:
    """Takes `oci://HOST/NAME@sha256:…#PATH`, or a tag, which can move."""

    limit: int = field(default=LARGEST)

    def names(self, address: str) -> bool:
        """Whether an address is of a registry."""
        return address.startswith("oci://")

    def fetch(self, address: str, into: Path, progress: Progress) -> FetchedSubject:
        """Fetch what a path of an image names; see `SubjectKind`.

        Raises:
            FetchError: as there; also, a blob is not what its digest says.
        """
        match = _ADDRESS.fullmatch(address)
        if match is None:
            raise FetchError(
                f"{clean(address, 200)!r} names no image",
                remedy="Write oci://HOST/NAME@sha256:…#PATH, in small letters up to the #.",
            )
        path = "/".join(part for part in (match["path"] or "").split("/") if part not in {"", "."})
        try:
            repository = OciRepository(host=match["host"], name=match["name"])
            progress.stage(f"asking {match['host']} for {match['name']}")
            reference = match["digest"] or match["tag"] or "latest"
            manifest, digest, notes = _manifest(repository, reference)
            files = self._files(repository, manifest, path, into, progress)
        except RegistryError as error:
            raise FetchError(error.what, where=error.where, why=error.why, remedy=error.remedy) from error
        if not match["digest"]:
            notes = (f"the tag {reference} named {digest} at this moment, and can move", *notes)
        resolved = f"oci://{match['host']}/{match['name']}@{digest}" + (f"#{path}" if path else "")
        return FetchedSubject(
            address=clean(address, 500),
            resolved=resolved,
            files=files_of(files),
            root=files,
            notes=notes,
        )

    def _files(
        self,
        repository: OciRepository,
        manifest: Mapping[str, object],
        path: str,
        into: Path,
        progress: Progress,
    ) -> Path:
        raw = manifest.get("layers")
        config = manifest.get("config")
        run = isinstance(config, dict) and config.get("mediaType") in _RUN
        layers = [_Layer.of(one, run=run) for one in raw[: _LAYERS + 1]] if isinstance(raw, list) else []
        if not layers or len(layers) > _LAYERS:
            raise FetchError("the manifest lists no layers, or too many", remedy="Check the address.")
        total = sum(layer.size for layer in layers)
        if total > self.limit:
            raise FetchError(f"the image has {size_text(total)}, more than {size_text(self.limit)}")
        blobs, files = into / ".blobs", into / "files"
        blobs.mkdir()
        files.mkdir()
        found = LayeredFiles(wanted=path, into=files)
        for layer in layers:
            blob = blobs / layer.digest.removeprefix("sha256:")
            if layer.packed:
                _save(repository, layer, blob, progress)
                found.add(blob)
            elif layer.title and f"{layer.title}/".startswith(f"{path}/" if path else ""):
                _save(repository, layer, blob, progress)
                found.add_file(layer.title, blob)
            elif not layer.title and not path:
                raise FetchError(
                    f"the artifact has a layer of the kind {clean(layer.kind, 100)!r} without a name",
                    remedy="Name one file of it behind the #, or push it with names, as `oras push` does.",
                )
            blob.unlink(missing_ok=True)
        places = found.files()
        shutil.rmtree(blobs)
        alone = len(places) == 1 and places[0].parent == files and path.rpartition("/")[2] == places[0].name
        return places[0] if alone else files


def _manifest(repository: OciRepository, reference: str) -> tuple[Mapping[str, object], str, tuple[str, ...]]:
    """Return the manifest of one image, its digest, and what to know of it.

    Of an index, that is the image for Linux on x86-64, or the only one. One without a platform is for any, so
    that beside it none is the image that is started.
    """
    found = repository.manifest(reference)
    if found is None:
        raise FetchError(f"{repository.address} has no {reference}", remedy="Check the address.")
    manifest, digest = found
    listed = manifest.get("manifests")
    if not isinstance(listed, list):
        return manifest, digest, ()
    images = [(_platform(one), one["digest"]) for one in listed[:1_000] if _is_image(one)]
    usual = [one for one in images if one[0] in {_PLATFORM, "/"}]
    chosen = {digest for _, digest in usual or images}
    if len(chosen) != 1:
        names = clean(", ".join(sorted({name for name, _ in images})), 300) or "none"
        what = "has several images that could be started" if usual else "is of several platforms"
        raise FetchError(
            f"{reference} {what}: {names}", remedy="Name the digest of the image for one of them."
        )
    inner = repository.manifest(chosen.pop())
    if inner is None or isinstance(inner[0].get("manifests"), list):
        raise FetchError(f"{reference} names an image that the registry does not have")
    others = sorted({name for name, one in images if one != inner[1]})
    note = f"it is the image for {_PLATFORM}; those for {clean(', '.join(others), 200)} were not looked at"
    return *inner, (note,) if others else ()


def _is_image(raw: object) -> bool:
    digest = raw.get("digest") if isinstance(raw, dict) else None
    return isinstance(digest, str) and bool(_DIGEST.fullmatch(digest)) and "unknown" not in _platform(raw)


def _platform(raw: object) -> str:
    found = raw.get("platform") if isinstance(raw, dict) else None
    table: Mapping[str, object] = found if isinstance(found, dict) else {}
    return f"{table.get('os', '')}/{table.get('architecture', '')}"


def _save(repository: OciRepository, layer: _Layer, place: Path, progress: Progress) -> None:
    """Fetch a layer's blob and require its size and digest."""
    chunks = repository.blob(layer.digest)
    if chunks is None:
        raise FetchError(f"{repository.address} lacks its layer {layer.digest[:19]}…")
    progress.stage(f"fetching layer {layer.digest[7:19]} ({size_text(layer.size)})")
    hasher, count = hashlib.sha256(), 0
    with place.open("wb") as file:
        for chunk in chunks:
            count += len(chunk)
            if count > layer.size:
                break
            hasher.update(chunk)
            file.write(chunk)
            progress.advance(count, layer.size, "bytes")
    if count != layer.size or f"sha256:{hasher.hexdigest()}" != layer.digest:
        raise FetchError(
            f"the registry sends another layer than {layer.digest[:19]}… of the manifest",
            why=f"{size_text(layer.size)} were promised, and {size_text(count)} came."
            if count != layer.size
            else "Its SHA-256 is another one.",
        )
