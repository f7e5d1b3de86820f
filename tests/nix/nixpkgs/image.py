# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH123, PTH208 -- names in an archive are texts
"""Writes a layered image to standard output, in the format that `docker load` reads.

image.py pack FOLDER; image.py stream SETTINGS PARTS.
"""

import hashlib
import io
import json
import os
import sys
import tarfile
from pathlib import Path

MTIME = 1


def entry(info):
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    info.mtime = MTIME
    return info


def add(archive, path, name):
    """Add a file or folder with everything below it, sorted."""
    info = entry(archive.gettarinfo(path, name))
    if info.isfile() and not info.islnk():
        with open(path, "rb") as file:
            archive.addfile(info, file)
    elif info.islnk():
        archive.inodes.clear()
        add(archive, path, name)
    else:
        archive.addfile(info)
    if info.isdir():
        for child in sorted(os.listdir(path)):
            add(archive, f"{path}/{child}", f"{name}/{child}" if name else child)


class Digest(io.RawIOBase):
    """Counts and digests what is written, and keeps none of it."""

    def __init__(self):
        self.hash, self.size = hashlib.sha256(), 0

    def writable(self):
        return True

    def write(self, data):
        self.hash.update(data)
        self.size += len(data)
        return len(data)


def layer(paths, out):
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for path in paths:
            add(archive, path, path.lstrip("/"))


def links(contents, out):
    """Write the last layer but one: the contents' own files, linked at the root."""
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for content in contents:
            for name in sorted(os.listdir(content)):
                info = entry(tarfile.TarInfo(name))
                info.type, info.linkname = tarfile.SYMTYPE, f"{content}/{name}"
                archive.addfile(info)


def store_paths(graph):
    """Read what exportReferencesGraph wrote: path, deriver, count, references."""
    lines = iter(Path(graph).read_text(encoding="utf-8").split("\n"))
    found = set()
    for path in lines:
        if path:
            found.add(path)
            next(lines)
            for _ in range(int(next(lines))):
                next(lines)
    return sorted(found)


def stream(settings_path, parts):
    settings = json.loads(Path(settings_path).read_text(encoding="utf-8"))
    paths = store_paths(f"{parts}/graph")
    alone = settings["maxLayers"] - 3
    groups = [[path] for path in paths[:alone]] + ([paths[alone:]] if paths[alone:] else [])
    writers = [lambda out, group=group: layer(group, out) for group in groups]
    writers.append(lambda out: links(settings["contents"], out))
    writers.append(lambda out: out.write(Path(f"{parts}/extra.tar").read_bytes()))
    digests = []
    for write in writers:
        digest = Digest()
        write(digest)
        digests.append(digest)
    names = [f"{digest.hash.hexdigest()}/layer.tar" for digest in digests]
    image = {
        "architecture": settings["architecture"],
        "config": settings["config"],
        "created": settings["created"],
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest.hash.hexdigest()}" for digest in digests]},
        "history": [{"created": settings["created"]} for _ in digests],
    }
    config = json.dumps(image, sort_keys=True).encode()
    config_name = f"{hashlib.sha256(config).hexdigest()}.json"
    manifest = [{"Config": config_name, "RepoTags": [settings["tag"]], "Layers": names}]
    out = sys.stdout.buffer
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for name, digest, write in zip(names, digests, writers, strict=True):
            info = entry(tarfile.TarInfo(name))
            info.size = digest.size
            archive.addfile(info)
            # A member of known size, written as it comes: no layer is held in memory.
            write(archive.fileobj)
            archive.fileobj.write(b"\0" * (-digest.size % tarfile.BLOCKSIZE))
            archive.offset += digest.size + -digest.size % tarfile.BLOCKSIZE
        for name, data in (
            (config_name, config),
            ("manifest.json", json.dumps(manifest, sort_keys=True).encode()),
        ):
            info = entry(tarfile.TarInfo(name))
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def pack(folder):
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(os.listdir(folder)):
            add(archive, f"{folder}/{name}", name)


if __name__ == "__main__":
    {"pack": pack, "stream": stream}[sys.argv[1]](*sys.argv[2:])
