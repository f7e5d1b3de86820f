# SPDX-License-Identifier: Apache-2.0
"""PyTorch's files (`.pt`, `.pth`), read without PyTorch and without executing them.

`NAME/data.pkl` is a pickle whose persistent ids name storages, `NAME/data/KEY` are their bytes;
see "Serialized file format for torch.save" in PyTorch's notes on serialization. Format version,
alignment, `serialization_id`, the keys of storages and the devices are the container's.
"""

from __future__ import annotations

import zipfile
from pathlib import PurePosixPath

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.archives.archive_file import first_member, open_zip
from repro_action.readers.pickle.byproducts import drop_byproducts
from repro_action.readers.pickle.canonical import Canonical
from repro_action.readers.pickle.effects import check_effects
from repro_action.readers.pickle.interpreter import interpret
from repro_action.readers.pickle.machine import Machine
from repro_action.readers.pickle.rules import RULES
from repro_action.readers.pickle.stream import Stream
from repro_action.readers.pickle.torch_legacy import read_legacy
from repro_action.readers.pickle.torch_values import Storages, persistent
from repro_action.readers.pickle.torchscript import CONSTANTS, is_script_member, script_parts
from repro_action.readers.protocol import ReadContext, Source
from repro_action.tree import Node, Tree, branch

_SUFFIXES = frozenset({".pt", ".pth", ".ckpt"})
_LEGACY = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
"""The pickled number that files before PyTorch 1.6 start with."""
_OURS = frozenset(
    {"data.pkl", "version", "byteorder", ".format_version", ".storage_alignment", ".data/serialization_id"}
)
_SMALL = 64


class TorchReader:
    """Reads what `torch.save` wrote: state dicts, checkpoints, whole modules."""

    name = "torch"

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the first member's name, or the extension, or the number of the old format."""
        if head.startswith(_LEGACY):
            return True
        named = PurePosixPath(source.name).suffix.lower() in _SUFFIXES
        return first_member(head).endswith(b"/data.pkl") or (named and head.startswith(b"PK\3\4"))

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the object that was saved.

        Raises:
            ArtifactUnreadable: malformed, or beyond a limit.
        """
        with source.open() as file:
            legacy = file.read(len(_LEGACY)) == _LEGACY
        if legacy:
            return drop_byproducts(Tree(format=self.name, root=read_legacy(source, context)), context)
        with open_zip(source, context) as archive:
            members = _members(archive)
            root = _read(source, archive, members, context)
            script, excluded = script_parts(archive, members, context)
        if script:
            root = branch(
                [(".module", root), *script], type="torchscript", algorithm=context.digester.algorithm
            )
        return drop_byproducts(Tree(format=self.name, root=root, excluded=tuple(excluded)), context)


def _read(
    source: Source, archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], context: ReadContext
) -> Node:
    pickled = members["data.pkl"]
    context.expand(pickled.file_size)
    storages = Storages(
        archive=source,
        members={
            name.removeprefix("data/"): info for name, info in members.items() if name.startswith("data/")
        },
        little=_byte_order(archive, members) == b"little",
        context=context,
    )
    with archive.open(pickled) as file:
        stream = Stream(file, pickled.file_size)
        machine = Machine(stream, context, persistent=persistent)
        value = interpret(machine)
        if not stream.at_end():
            raise ArtifactUnreadable("there are extra bytes after the pickle in data.pkl")
    context.earn(nbytes=sum(info.file_size for info in members.values()))
    canonical = Canonical(context, {**RULES, **storages.rules()})
    node = canonical.node(value)
    check_effects(machine.effects, canonical)
    if storages.unread:
        raise ArtifactUnreadable(f"nothing refers to its storage {min(storages.unread)!r}")
    return node


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the members by their names below the one folder that all of them lie in."""
    pickles = [info.filename for info in archive.infolist() if info.filename.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise ArtifactUnreadable("it has no data.pkl, so torch.save did not write it")
    prefix = pickles[0].removesuffix("data.pkl")
    script = any(info.filename == prefix + CONSTANTS for info in archive.infolist())
    members: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        name = info.filename.removeprefix(prefix)
        expected = name in _OURS or (name.startswith("data/") and "/" not in name[5:])
        expected = expected or (script and is_script_member(name))
        if not expected or name == info.filename:
            raise ArtifactUnreadable(f"its member {info.filename[:80]!r} is not one that torch.save writes")
        if name in members:
            raise ArtifactUnreadable(f"its member {info.filename[:80]!r} appears twice")
        members[name] = info
    return members


def _byte_order(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> bytes:
    info = members.get("byteorder")
    if info is None:
        return b"little"
    order = archive.read(info) if info.file_size <= _SMALL else b""
    if order not in {b"little", b"big"}:
        raise ArtifactUnreadable("its byte order is neither little nor big")
    return order
