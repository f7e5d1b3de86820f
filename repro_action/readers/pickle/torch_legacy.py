# SPDX-License-Identifier: Apache-2.0
"""PyTorch's format from before 1.6, which tensors inside plain pickles and joblib files still have.

Five pickles follow each other: a magic number, a protocol, facts about the system, the object, the keys
of its storages; then the storages' elements, each behind their number in eight bytes. A key is the
address that the storage had in memory, so keys only join, and are no content.
Source: `_legacy_save` and `_legacy_load` of torch/serialization.py, `_load_from_bytes` of torch/storage.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import stream_leaf
from repro_action.readers.pickle.canonical import Canonical
from repro_action.readers.pickle.effects import check_effects
from repro_action.readers.pickle.interpreter import interpret
from repro_action.readers.pickle.machine import Effects, Machine
from repro_action.readers.pickle.parts import Expansion, Rule
from repro_action.readers.pickle.rules import RULES
from repro_action.readers.pickle.stored import StoredBytes
from repro_action.readers.pickle.stream import Stream
from repro_action.readers.pickle.torch_values import STORAGE, Storages, View, storage_width
from repro_action.readers.pickle.values import DictValue, Global, Instance, Persistent, Value
from repro_action.readers.protocol import BytesSource, ReadContext, Source
from repro_action.readers.sources import RegionSource
from repro_action.tree import Leaf, Node

EMBEDDED = "torch.storage._load_from_bytes"
MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001


@dataclass(slots=True, kw_only=True)
class RawStorages(Storages):
    """Storages whose elements lie unbroken in a file, little-endian.

    Attributes:
        regions: elements by storage key.
    """

    regions: dict[str, RegionSource] = field(default_factory=dict)

    def _leaf(self, view: View) -> Leaf:
        region = self.regions.get(view.key)
        if region is None:
            raise ArtifactUnreadable(f"its storage {view.key[:40]!r} is missing")
        self.unread.discard(view.key)
        view.check(region.size)
        if view.contiguous:
            return stream_leaf(
                region,
                offset=view.start,
                nbytes=view.nbytes,
                dtype=view.dtype,
                shape=view.shape,
                context=self.context,
            )
        with region.open() as file:
            return self._gathered(view, file.read())


@dataclass(slots=True, kw_only=True)
class EmbeddedStorages(RawStorages):
    """Storages of which each is a file of the old format in the bytes of a plain pickle."""

    loads: dict[int, tuple[Instance, Instance]] = field(default_factory=dict)
    """By the identity of the call that would load one: the call, and what it would return."""

    @property
    def used(self) -> set[int]:
        """Identities of the calls whose storages are part of a tensor."""
        return {found for found, (call, loaded) in self.loads.items() if loaded is not call}

    def rules(self) -> dict[str, Rule]:
        """Return the readers of PyTorch's types, by full name."""
        made = super(RawStorages, self).rules()
        storage = made[STORAGE]

        def alone(instance: Instance, context: ReadContext) -> Expansion | None:
            return storage(self._loaded(instance), context)

        return {**made, EMBEDDED: alone}

    def resolved(self, instance: Instance) -> Instance:
        """Return a call that makes a tensor with the storage itself in place of its bytes."""
        match instance.args:
            case (Instance(type="torch.storage._load_from_bytes") as call, *rest):
                return replace(instance, args=(self._loaded(call), *rest))
        return instance

    def _loaded(self, call: Instance) -> Instance:
        """Return the storage that a call would load; the call itself if that is something else."""
        if id(call) not in self.loads:
            self.loads[id(call)] = (call, self._load(call))
        return self.loads[id(call)][1]

    def _load(self, call: Instance) -> Instance:
        match call:
            case Instance(
                args=(bytes() | StoredBytes() as data,), kwargs=None, states=[], items=[], pairs=[], calls=[]
            ):
                inner = BytesSource("storage", data) if isinstance(data, bytes) else data.as_source()
                self.context.expand(inner.size)
                value, regions, effects = _parse(inner, self.context)
            case _:
                return call
        if effects.calls or effects.dropped:
            raise ArtifactUnreadable("a storage in it calls something when it is loaded")
        match value:
            case Instance(type="torch.Storage", args=(cls, str() as name, length)) if set(regions) == {name}:
                key = str(len(self.loads))
                self.regions[key] = regions[name]
                return Instance(value.callee, (cls, key, length))
        return call


def embedded_storages(context: ReadContext) -> EmbeddedStorages:
    """Return what reads PyTorch's types inside a plain pickle."""
    return EmbeddedStorages(archive=BytesSource("", b""), members={}, little=True, context=context)


def read_legacy(source: Source, context: ReadContext) -> Node:
    """Read a file of the old format.

    Raises:
        ArtifactUnreadable: malformed, or beyond a limit.
    """
    value, regions, effects = _parse(source, context)
    storages = RawStorages(archive=source, members={}, little=True, context=context, regions=regions)
    storages.unread = set(regions)
    canonical = Canonical(context, {**RULES, **storages.rules()})
    node = canonical.node(value)
    check_effects(effects, canonical)
    if storages.unread:
        raise ArtifactUnreadable(f"nothing refers to its storage {min(storages.unread)!r}")
    return node


def _parse(source: Source, context: ReadContext) -> tuple[Value, dict[str, RegionSource], Effects]:
    """Return the object with `torch.Storage` in place of each storage, where elements lie, and effects."""
    effects = Effects()
    widths: dict[str, int] = {}

    def persistent(id: Value) -> Value:  # the pickle protocol's own word
        match id:
            case ("storage", Global() as cls, str() as key, str(), int() as length, None):
                widths[key] = storage_width(cls)
                return Instance(Global(STORAGE), (cls, key, length))
            case ("storage", *_):
                raise ArtifactUnreadable("its storages are views of others")
        return Persistent(id)

    with source.open() as file:
        stream = Stream(file, source.size)
        values = [
            interpret(Machine(stream, context, persistent=persistent, effects=effects)) for _ in range(5)
        ]
        magic, protocol, system, value, keys = values
        if magic != MAGIC or protocol != _PROTOCOL:
            raise ArtifactUnreadable("its magic number or version is not that of PyTorch's legacy format")
        facts = system.text_keys() if isinstance(system, DictValue) else None
        if facts is None or facts.get("little_endian") is not True:
            raise ArtifactUnreadable("its byte order is not little")
        names = [key for key in keys if isinstance(key, str)] if isinstance(keys, list) else []
        if not isinstance(keys, list) or set(names) != set(widths) or len(names) != len(keys):
            raise ArtifactUnreadable("its list of storages does not match the storages that it refers to")
        regions: dict[str, RegionSource] = {}
        for name in names:
            size = int.from_bytes(stream.read(8), "little", signed=True) * widths[name]
            stream.require(size)
            regions[name] = RegionSource(source, "storage", stream.position, size)
            stream.skip(size)
        if not stream.at_end():
            raise ArtifactUnreadable("there are extra bytes after its last storage")
        context.earn(nbytes=stream.position)
    return value, regions, effects
