# SPDX-License-Identifier: Apache-2.0
"""A project with products, and archives of it."""

from pathlib import Path

from factories import make_fingerprint, make_leaf

from repro_action.archive.archive import Archive
from repro_action.archive.folder import FolderStore
from repro_action.data.hash_file import digest_file
from repro_action.data.hash_folder import digest_folder
from repro_action.fingerprint import Fingerprint, Product

FILES = {
    "out/model.bin": b"m" * 3_000_000,
    "out/parts/a.txt": b"a",
    "out/parts/deep/b.txt": b"",
    "out/c.txt": b"a",
}


def make_project(root: Path, **changes: bytes) -> Fingerprint:
    """Write products into a folder, and return the fingerprint of a run that made them."""
    for path, data in {**FILES, **changes}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return fingerprint_of(root)


def fingerprint_of(root: Path) -> Fingerprint:
    products = {
        "out/model.bin": product(root / "out/model.bin", digest_file(root / "out/model.bin", "blake3")),
        "out/c.txt": product(root / "out/c.txt", digest_file(root / "out/c.txt", "blake3")),
        "out/parts": product(root / "out/parts", digest_folder(root / "out/parts", "blake3")),
    }
    return make_fingerprint(products=products)


def product(place: Path, digest) -> Product:
    files = [one for one in place.rglob("*") if one.is_file()] if place.is_dir() else [place]
    size = sum(one.stat().st_size for one in files)
    return Product(
        step="train", format="bytes", size=size, digest=digest, leaves={"": make_leaf(str(digest))}
    )


def make_archive(root: Path, name: str = "wine") -> Archive:
    return Archive(store=FolderStore(root=root), name=name)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def entry(tmp_path: Path) -> Path:
    (found,) = (tmp_path / "archive/versions").iterdir()
    return found


def largest(tmp_path: Path) -> Path:
    return max(
        (tmp_path / "archive/objects").rglob("*"),
        key=lambda path: path.stat().st_size if path.is_file() else 0,
    )
