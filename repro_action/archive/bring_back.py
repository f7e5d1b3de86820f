# SPDX-License-Identifier: Apache-2.0
"""Files of an archived version, verified and put into a folder: all of them, or none."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from repro_action.archive.archive import Archive, require_product
from repro_action.archive.store import ArchiveError
from repro_action.archive.version import ArchivedProduct, ArchivedVersion
from repro_action.codec.baseline import fingerprint_id
from repro_action.fingerprint import Fingerprint
from repro_action.paths.patterns import within

_RESERVE = 64 << 20
"""Bytes of a disk that are left free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtBack:
    """What was brought back.

    Attributes:
        products: paths, relative to the folder, sorted.
        unproven: those whose bytes no baseline vouches for: what was archived is what came back.
        size: bytes.
    """

    products: tuple[str, ...]
    unproven: tuple[str, ...]
    size: int


def bring_back(
    archive: Archive,
    version: ArchivedVersion,
    into: Path,
    *,
    accepted: Fingerprint | None,
    paths: Iterable[str] = (),
) -> BroughtBack:
    """Bring products back.

    Args:
        archive: that has them.
        version: its entry.
        into: folder that receives them, by their paths in the project; made where it is not there.
        accepted: the fingerprint of the committed baseline; None where git has none, and nothing but the
            entry can be believed.
        paths: products, folders that hold some, or files in a product's folder; none for all.

    Raises:
        ArchiveError: what the archive has is not what the baseline says, or something else is in the way.
    """
    if accepted is not None:
        _require_entry(archive, version, accepted)
    chosen = _chosen(version, tuple(paths))
    try:
        _place(archive, chosen, into, accepted)
    except OSError as error:
        raise ArchiveError(
            f"the files cannot be written: {error.strerror or type(error).__name__}",
            where=str(into),
            remedy="Check the folder's rights and the disk, or name another one with -o.",
        ) from error
    unproven = [path for path in chosen if accepted is None or accepted.products[path].by_tree]
    size = sum(product.size for product in chosen.values())
    return BroughtBack(products=tuple(sorted(chosen)), unproven=tuple(sorted(unproven)), size=size)


def _place(
    archive: Archive, chosen: Mapping[str, ArchivedProduct], into: Path, accepted: Fingerprint | None
) -> None:
    size = sum(product.size for product in chosen.values())
    into.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(into).free < size + _RESERVE:
        raise ArchiveError(
            f"the disk has no room for {size:,} bytes", where=str(into), remedy="Free some space."
        )
    with tempfile.TemporaryDirectory(prefix=".repro-fetch-", dir=into) as name:
        arrived = Path(name)
        for path, product in chosen.items():
            _arrive(archive, path, product, arrived)
            if accepted is not None:
                require_product(arrived / path, accepted.products[path], path)
        pending = [path for path in chosen if not _is_there(into, path, arrived / path)]
        for path in pending:
            (into / path).parent.mkdir(parents=True, exist_ok=True)
            _require_inside(into, path)
            (arrived / path).replace(into / path)


def kept_product(archive: Archive, accepted: Fingerprint, path: str, into: Path) -> Path | None:
    """Bring one product of a baseline back, to compare elements with.

    Args:
        archive: that may have it.
        accepted: the fingerprint of the baseline.
        path: of the product.
        into: folder that receives it.

    Returns:
        Where it is; None where the version is not archived.

    Raises:
        ArchiveError: as `bring_back`.
    """
    version = archive.version(fingerprint_id(accepted))
    if version is None or path not in version.products:
        return None
    bring_back(archive, version, into, accepted=accepted, paths=(path,))
    return into / path


def _require_entry(archive: Archive, version: ArchivedVersion, accepted: Fingerprint) -> None:
    """Hold an entry against the baseline: an entry can be exchanged by whoever may write to the archive."""
    said = {path: product.digest for path, product in version.products.items()}
    wanted = {path: str(product.digest) for path, product in accepted.products.items()}
    differing = sorted(path for path in said.keys() | wanted.keys() if said.get(path) != wanted.get(path))
    differing += [
        path
        for path, product in accepted.products.items()
        if path not in differing and not product.by_tree and version.products[path].size != product.size
    ]
    if differing or version.fingerprint != fingerprint_id(accepted) or version.platform != accepted.platform:
        named = f" of {', '.join(differing[:3])}" if differing else ""
        raise ArchiveError(
            f"the archive's entry{named} is not what the committed baseline says",
            where=f"{archive.store.address}/versions/{version.fingerprint}.json",
            why="It was exchanged, or written for something else.",
            remedy="Do not use what this archive has of it.",
        )


def _chosen(version: ArchivedVersion, paths: tuple[str, ...]) -> dict[str, ArchivedProduct]:
    if not paths:
        return dict(version.products)
    wanted = [path.rstrip("/").removeprefix("./") for path in paths]
    unknown = [path for path in wanted if not any(_meant(product, path) for product in version.products)]
    if unknown:
        names = ", ".join(sorted(version.products)[:10]) or "none"
        raise ArchiveError(
            f"this version has no product {ascii(unknown[0])[1:-1][:200]}", remedy=f"Its products: {names}."
        )
    return {
        path: product
        for path, product in version.products.items()
        if any(_meant(path, one) for one in wanted)
    }


def _meant(product: str, path: str) -> bool:
    return within(product, path) or within(path, product)


def _arrive(archive: Archive, path: str, product: ArchivedProduct, folder: Path) -> None:
    if not product.files:
        (folder / path).mkdir(parents=True)
    for file in product.files:
        place = folder / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as opened:
            for chunk in archive.content(file):
                opened.write(chunk)


def _is_there(into: Path, path: str, arrived: Path) -> bool:
    """Whether a product is in its place already.

    Raises:
        ArchiveError: something else is in its place.
    """
    _require_inside(into, path)
    place = into / path
    if not place.exists() and not place.is_symlink():
        return False
    if not place.is_symlink() and _same(place, arrived):
        return True
    raise ArchiveError(
        f"{path} is there, and is something else",
        where=str(into),
        why="Nothing is overwritten.",
        remedy="Name another folder with -o, or move it away.",
    )


def _same(one: Path, other: Path) -> bool:
    import filecmp

    if one.is_dir() != other.is_dir():
        return False
    if not one.is_dir():
        return filecmp.cmp(one, other, shallow=False)
    inner = [{path.relative_to(top) for path in top.rglob("*") if not path.is_dir()} for top in (one, other)]
    return inner[0] == inner[1] and not any(
        (one / path).is_symlink() or not filecmp.cmp(one / path, other / path, shallow=False)
        for path in inner[0]
    )


def _require_inside(into: Path, path: str) -> None:
    parent = os.path.realpath((into / path).parent)
    top = os.path.realpath(into)
    if parent != top and not parent.startswith(top.rstrip("/") + "/"):
        raise ArchiveError(
            f"a link on the way to {path} leads out of the folder", where=str(into), remedy="Remove the link."
        )
