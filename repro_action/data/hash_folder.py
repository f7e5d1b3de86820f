# SPDX-License-Identifier: Apache-2.0
r"""Digests of folders, named `tree1-ALGORITHM`.

`tree1-blake3` is BLAKE3 over the concatenation, for every file sorted by the bytes of its
path, of `PATH NUL HEX LF`, after the line `tree1 LF`: PATH is relative to the folder with
`/` between its parts, as the file system's bytes; HEX is the BLAKE3 of the file's content.

It does not depend on the order of walking, times, owners, where the folder is, or
permissions: archives, git on some systems and DVC do not keep the executable bit, and data
is read, not run. Empty folders do not count, as in git. A link to a file counts as the file.
A folder pinned with `md5` has DVC's digest, see `repro_action.data.dvc.digests`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from repro_action.data.hash_file import AnyPath, FileDigest, read_file
from repro_action.data.stat_cache import Files, StatCache
from repro_action.data.walk import content_signature, walk
from repro_action.digest import Digest, digest_bytes, new_hasher

_PREFIX = "tree1-"
_DVC = "md5-dvc"
_LARGE = 1 << 20
"""Bytes from which it pays to digest a file in a thread of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderDigest:
    """A folder that was read.

    Attributes:
        digest: of the whole.
        files: path → (signature, digits); a signature is kept even where it is not settled.
        unsettled: paths whose signature does not prove yet that the content is the same.
    """

    digest: Digest
    files: Files
    unsettled: frozenset[bytes]


def folder_algorithm(algorithm: str) -> str:
    """Return the algorithm that a folder's digest has: `blake3` → `tree1-blake3`, `md5` → `md5-dvc`."""
    if algorithm == _DVC or algorithm.startswith(_PREFIX):
        return algorithm
    return _DVC if algorithm == "md5" else _PREFIX + algorithm


def content_algorithm(algorithm: str) -> str:
    """Return the algorithm of the files' contents: `tree1-blake3` → `blake3`, `md5-dvc` → `md5`."""
    return "md5" if algorithm == _DVC else algorithm.removeprefix(_PREFIX)


def digest_folder(path: AnyPath, algorithm: str, cache: StatCache | None = None) -> Digest:
    """Return the digest of a folder.

    Args:
        path: the folder, or a link to it.
        algorithm: a content algorithm or a folder's one; see `folder_algorithm`.
        cache: spares reading files whose signature it knows.

    Raises:
        PinError: something in it cannot be read or has no content, see `walk`.
    """
    name = folder_algorithm(algorithm)
    folder = os.fsencode(path)
    found = walk_for(folder, name)
    if cache is not None:
        cached = cache.folder(folder, name)
        # Sound: the listing covers each file's signature, and all of them were settled.
        if cached is not None and cached[0] and cached[0] == _listing_signature(found):
            return Digest(name, cached[1])
    return _read(folder, name, found, cache).digest


def read_folder(path: AnyPath, algorithm: str, cache: StatCache | None = None) -> FolderDigest:
    """Return the digest of a folder together with what is known about each file.

    Raises:
        PinError: as `digest_folder`.
    """
    name = folder_algorithm(algorithm)
    folder = os.fsencode(path)
    return _read(folder, name, walk_for(folder, name), cache)


def tree_digest(algorithm: str, values: Mapping[bytes, str]) -> Digest:
    """Return the folder digest of files given as path → digits of their digests.

    Raises:
        PinError: DVC's digest is asked for, and a name is not UTF-8.
        ConfigError: the algorithm is unknown.
    """
    if algorithm == _DVC:
        from repro_action.data.dvc.digests import dvc_digest

        return dvc_digest(values)
    content = content_algorithm(algorithm)
    lines = [b"%b\0%b\n" % (name, values[name].encode("ascii")) for name in sorted(values)]
    return Digest(algorithm, digest_bytes(content, b"tree1\n", b"".join(lines)).value)


def walk_for(folder: bytes, algorithm: str) -> dict[bytes, bytes]:
    """Return path → signature as `walk` does, without the files that the algorithm leaves out.

    Raises:
        PinError: as `walk`.
    """
    found = walk(folder)
    if algorithm == _DVC:
        from repro_action.data.dvc.digests import dvc_ignores

        return {name: file_signature for name, file_signature in found.items() if not dvc_ignores(name)}
    return found


def _listing_signature(found: Mapping[bytes, bytes]) -> bytes:
    parts: list[bytes] = []
    for name in sorted(found):
        parts += (name, found[name])
    hasher = new_hasher("blake3")
    hasher.update(b"\0".join(parts))
    return hasher.hexdigest().encode("ascii")


def _read(folder: bytes, algorithm: str, found: dict[bytes, bytes], cache: StatCache | None) -> FolderDigest:
    cached: Files = {} if cache is None else cache.files(folder, algorithm)
    nothing = (b"", "")
    changed = [name for name, current in found.items() if cached.get(name, nothing)[0] != current]
    fresh = _read_files(folder, changed, found, content_algorithm(algorithm))
    files: Files = {}
    unsettled: set[bytes] = set()
    for name, current in found.items():
        hashed = fresh.get(name)
        if hashed is None:
            files[name] = cached[name]
            continue
        files[name] = (current.replace(content_signature(current), hashed.signature, 1), hashed.value)
        if not hashed.settled or files[name][0] != current:
            unsettled.add(name)
    digest = tree_digest(algorithm, {name: value for name, (_, value) in files.items()})
    if cache is not None and (changed or len(cached) != len(files)):
        listing = b"" if unsettled else _listing_signature(found)
        trusted = {
            name: (b"" if name in unsettled else stored, value) for name, (stored, value) in files.items()
        }
        cache.keep_folder(folder, algorithm, listing, digest.value, trusted)
    return FolderDigest(digest=digest, files=files, unsettled=frozenset(unsettled))


def _read_files(
    folder: bytes, names: list[bytes], found: Mapping[bytes, bytes], algorithm: str
) -> dict[bytes, FileDigest]:
    def read(name: bytes) -> FileDigest:
        return read_file(b"%b/%b" % (folder, name), algorithm)

    # BLAKE3 uses every core for a large file by itself; the others only for several files.
    large = [] if algorithm == "blake3" else [name for name in names if _size(found[name]) >= _LARGE]
    if len(large) < 2:
        return {name: read(name) for name in names}
    from concurrent.futures import ThreadPoolExecutor

    apart = set(large)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        pending = pool.map(read, large)
        hashed = {name: read(name) for name in names if name not in apart}
        hashed.update(zip(large, pending, strict=True))
    return hashed


def _size(file_signature: bytes) -> int:
    return int(file_signature.partition(b" ")[0])
