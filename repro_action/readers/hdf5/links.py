# SPDX-License-Identifier: Apache-2.0
"""What a group of HDF5 has in it, and the attributes of an object, in the old form and the new."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.hdf5.blocks import Blocks, HdfCursor
from repro_action.readers.hdf5.datatypes import HdfType, read_space, read_type
from repro_action.readers.hdf5.heaps import FractalHeap, local_heap, new_tree, old_tree
from repro_action.readers.hdf5.objects import (
    ATTRIBUTE,
    ATTRIBUTE_INFO,
    DATASPACE,
    DATATYPE,
    LINK,
    LINK_INFO,
    SYMBOLS,
    Message,
    messages,
    shared,
)

_MOST = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HdfLink:
    """One entry of a group.

    Attributes:
        name: in the group.
        address: of the object; -1 where the link is none to an object.
        target: text of a symbolic or external link.
    """

    name: str
    address: int = -1
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HdfAttribute:
    """One attribute: its type, shape (None: no elements) and elements as they are in the file.

    Attributes:
        name: as it is.
        type: of the elements.
        shape: None where there are no elements.
        data: the elements as they are in the file.
    """

    name: str
    type: HdfType
    shape: tuple[int, ...] | None
    data: bytes


def links(blocks: Blocks, found: list[Message]) -> list[HdfLink]:
    """Return the entries of a group, given its messages.

    Raises:
        ArtifactUnreadable: malformed, or two entries have one name.
    """
    entries: list[HdfLink] = []
    for message in found:
        cursor = HdfCursor(message.data, offsets=blocks.offsets, lengths=blocks.lengths)
        match message.type:
            case 17:
                entries += _old(blocks, cursor.address(), cursor.address())
            case 6:
                entries.append(_link(cursor))
            case 2:
                cursor.take(1)
                flags = cursor.number("B")
                cursor.take(8 if flags & 1 else 0)
                heap, tree = cursor.address(), cursor.address()
                if not blocks.missing(heap) and not blocks.missing(tree):
                    entries += _dense(blocks, heap, tree)
    if len({entry.name for entry in entries}) != len(entries) or len(entries) > _MOST:
        raise ArtifactUnreadable("two entries of a group have the same name, or there are too many")
    return entries


def is_group(found: list[Message]) -> bool:
    """Say whether an object is a group."""
    return any(message.type in {SYMBOLS, LINK_INFO, LINK} for message in found)


def _old(blocks: Blocks, tree: int, heap: int) -> list[HdfLink]:
    names = local_heap(blocks, heap)
    entries: list[HdfLink] = []
    for _, address in old_tree(blocks, tree, blocks.lengths, chunks=False):
        head = blocks.at(address, 8, b"SNOD")
        head.take(2)
        count = head.number("H")
        node = blocks.at(address + 8, count * (2 * blocks.offsets + 24))
        for _ in range(count):
            names.place, target = node.address(), node.address()
            name = names.until_zero()
            kind = node.number("I")
            node.take(4)
            scratch = node.inner(node.take(16))
            if kind == 2:
                names.place = scratch.number("I")
                entries.append(HdfLink(name=name, target=f"soft link to {names.until_zero()}"))
            else:
                entries.append(HdfLink(name=name, address=target))
    return entries


def _dense(blocks: Blocks, heap_address: int, tree: int) -> list[HdfLink]:
    heap = FractalHeap(blocks, heap_address)
    entries = []
    for record in new_tree(blocks, tree):
        record.take(4)
        data = heap.find(record.take(heap.id_size))
        entries.append(_link(record.inner(data)))
    return entries


def _link(cursor: HdfCursor) -> HdfLink:
    version, flags = cursor.number("B"), cursor.number("B")
    if version != 1:
        raise ArtifactUnreadable(f"a link has the unknown version {version}")
    kind = cursor.number("B") if flags & 8 else 0
    cursor.take((8 if flags & 4 else 0) + (1 if flags & 16 else 0))
    name = cursor.text(cursor.little(1 << (flags & 3)))
    if kind == 0:
        return HdfLink(name=name, address=cursor.address())
    text = cursor.take(cursor.number("H"))
    label = "soft link to " if kind == 1 else f"link of the kind {kind} to "
    return HdfLink(name=name, target=label + text.decode("utf-8", "surrogateescape"))


def attributes(blocks: Blocks, found: list[Message]) -> list[HdfAttribute]:
    """Return the attributes of an object, given its messages.

    Raises:
        ArtifactUnreadable: malformed, or two have one name.
    """
    datas = [message.data for message in found if message.type == ATTRIBUTE]
    for message in found:
        if message.type == ATTRIBUTE_INFO:
            cursor = HdfCursor(message.data, offsets=blocks.offsets, lengths=blocks.lengths)
            cursor.take(1)
            flags = cursor.number("B")
            cursor.take(2 if flags & 1 else 0)
            heap, tree = cursor.address(), cursor.address()
            if not blocks.missing(heap) and not blocks.missing(tree):
                store = FractalHeap(blocks, heap)
                datas += [store.find(record.take(store.id_size)) for record in new_tree(blocks, tree)]
    entries = [
        _attribute(blocks, HdfCursor(data, offsets=blocks.offsets, lengths=blocks.lengths)) for data in datas
    ]
    if len({entry.name for entry in entries}) != len(entries):
        raise ArtifactUnreadable("an object has two attributes of one name")
    return entries


def _attribute(blocks: Blocks, cursor: HdfCursor) -> HdfAttribute:
    version, flags = cursor.number("B"), cursor.number("B")
    if version not in {1, 2, 3}:
        raise ArtifactUnreadable(f"an attribute has the unknown version {version}")
    sizes = [cursor.number("H") for _ in range(3)]
    cursor.take(1 if version == 3 else 0)
    parts = []
    for size in sizes:
        parts.append(cursor.take(size))
        cursor.take(-size % 8 if version == 1 else 0)
    name, kind, space = parts
    if version > 1 and flags & 1:
        kind = shared(blocks, cursor.inner(kind), DATATYPE)
    if version > 1 and flags & 2:
        space = shared(blocks, cursor.inner(space), DATASPACE)
    return HdfAttribute(
        name=name.split(b"\0", 1)[0].decode("utf-8", "surrogateescape"),
        type=read_type(cursor.inner(kind)),
        shape=read_space(cursor.inner(space)),
        data=cursor.take(len(cursor.data) - cursor.place),
    )


def object_paths(blocks: Blocks, root: int) -> dict[int, str]:
    """Return the first path of each object, the shortest ones first.

    Args:
        blocks: of the file.
        root: address of the root group.

    Raises:
        ArtifactUnreadable: malformed, or there are too many objects.
    """
    paths, waiting = {root: "/"}, [root]
    while waiting:
        address = waiting.pop(0)
        found = messages(blocks, address)
        for link in sorted(links(blocks, found), key=lambda link: link.name) if is_group(found) else ():
            if link.address >= 0 and link.address not in paths:
                paths[link.address] = f"{paths[address].rstrip('/')}/{link.name}"
                waiting.append(link.address)
        if len(paths) > blocks.context.limits.nodes // 8:
            raise ArtifactUnreadable("it has too many objects")
    return paths
