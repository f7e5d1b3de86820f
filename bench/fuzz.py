# SPDX-License-Identifier: Apache-2.0
"""A fuzzer of readers, with an oracle where a loader is installed: `python -m bench.fuzz --seconds 3600`.

Small files of every format are changed at random. Three things must never happen: an exception that no
reader foresaw, a file that takes long, and two files of one tree that Python's own loader loads to
different values. Pickles are loaded with a short list of harmless names, in a child with hard limits.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import io
import random
import time
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from bench.fuzz_oracle import Oracle
from bench.fuzz_seeds import seeds, written
from repro_action.listing import flatten
from repro_action.readers import read_source
from repro_action.readers.protocol import BytesSource, Limits, ReadContext

SLOW = 5.0
"""Seconds of a processor that no file of this size may take."""
_LIMITS = Limits(memory=32 << 20, expanded=64 << 20, nodes=200_000, seconds=20.0)
_OPCODES = b"().]}abcdeghijlopqrstu012NKMJX\x80\x81\x85\x86\x87\x88\x89\x8c\x8f\x90\x91\x93\x94\x95CB"


def mutate(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """Return a file changed in one to four places."""
    made = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        at, length = chance.randrange(len(made) + 1), chance.choice((1, 1, 2, 4, 16))
        match chance.randrange(8):
            case 0 if made:
                made[at % len(made)] ^= 1 << chance.randrange(8)
            case 1 if made:
                made[at % len(made)] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
            case 2:
                del made[at : at + length]
            case 3:
                made[at:at] = chance.randbytes(length)
            case 4:
                made[at:at] = made[at : at + length]
            case 5:
                other = chance.choice(others)
                start = chance.randrange(len(other))
                made[at : at + length] = other[start : start + chance.choice((length, 40))]
            case 6:
                made[at:at] = bytes(chance.choices(_OPCODES, k=length))
            case _ if made:
                made[at % len(made)] = chance.choice(_OPCODES)
    return bytes(made)


def fixed(name: str, data: bytes) -> bytes:
    """Mend checksums of tar headers, PNG chunks and stored zip members, so that changes get that far."""
    made = bytearray(data)
    if name.endswith(".png"):
        return _png_fixed(made)
    if data.startswith(b"PK"):
        return _zip_fixed(made)
    if not name.endswith(".tar"):
        return data
    for at in range(0, len(made) - 511, 512):
        if made[at + 257 : at + 262] == b"ustar":
            total = sum(made[at : at + 148]) + 256 + sum(made[at + 156 : at + 512])
            made[at + 148 : at + 156] = b"%06o\0 " % total
    return bytes(made)


def _png_fixed(made: bytearray) -> bytes:
    at = 8
    while at + 12 <= len(made):
        end = at + 8 + int.from_bytes(made[at : at + 4])
        made[end : end + 4] = zlib.crc32(made[at + 4 : end]).to_bytes(4) if end + 4 <= len(made) else b""
        at = end + 4
    return bytes(made)


def _zip_fixed(made: bytearray) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(made)) as archive:
            entries = archive.infolist()
    except Exception:  # noqa: BLE001 -- a directory that cannot be read keeps its checksums
        return bytes(made)
    for info in entries:
        start = info.header_offset
        start += 30 + int.from_bytes(made[start + 26 : start + 28], "little")
        start += int.from_bytes(made[info.header_offset + 28 : info.header_offset + 30], "little")
        if info.compress_type == zipfile.ZIP_STORED and start + info.compress_size <= len(made):
            right = zlib.crc32(made[start : start + info.compress_size]).to_bytes(4, "little")
            wrong = info.CRC.to_bytes(4, "little")
            made[info.header_offset + 14 : info.header_offset + 18] = right
            at = made.find(wrong, archive.start_dir)
            if at >= 0:
                made[at : at + 4] = right
    return bytes(made)


@dataclass(slots=True)
class Figures:
    """What a run of the fuzzer saw.

    Attributes:
        files: read, and of them `readable` to leaves and `equal` to the tree of another file.
        compared: pairs of one tree that the loader loaded both.
        faults: what must never happen, with the file as hexadecimal text.
    """

    files: int = 0
    readable: int = 0
    equal: int = 0
    compared: int = 0
    slowest: float = 0.0
    by_format: collections.Counter[str] = field(default_factory=collections.Counter)
    faults: list[str] = field(default_factory=list)


def fuzz(
    seconds: float, seed: int, report: Callable[[str], object] = print, *, formats: Collection[str] = ()
) -> Figures:
    """Change files for so many seconds.

    Args:
        seconds: how long.
        seed: of the changes.
        report: is told of each fault as it is found.
        formats: suffixes of the files that are changed; all by default.
    """
    chance, figures, oracle = random.Random(seed), Figures(), Oracle()
    corpus = {
        name: data
        for name, data in (seeds() | written()).items()
        if not formats or name.rpartition(".")[2] in formats
    }
    known: dict[tuple[str, str], tuple[bytes, str | None]] = {}
    end = time.monotonic() + seconds
    for name, data in _files(corpus, chance):
        if time.monotonic() > end or len(figures.faults) >= 20:
            break
        for fault in one_file(name, data, figures, (known, oracle)):
            figures.faults.append(f"{name}: {fault}: {data.hex()}")
            report(figures.faults[-1])
    oracle.close()
    return figures


def _files(corpus: dict[str, bytes], chance: random.Random) -> Iterator[tuple[str, bytes]]:
    yield from corpus.items()
    while True:
        name = chance.choice(list(corpus))
        yield name, fixed(name, mutate(corpus[name], list(corpus.values()), chance))


def one_file(
    name: str,
    data: bytes,
    figures: Figures,
    memory: tuple[dict[tuple[str, str], tuple[bytes, str | None]], Oracle],
) -> Iterator[str]:
    """Read one file, count it in `figures`, and yield each law that it breaks."""
    known, oracle = memory
    start = time.process_time()
    context = ReadContext(nest=read_source, limits=_LIMITS, deadline=time.monotonic() + _LIMITS.seconds)
    try:
        tree = read_source(BytesSource(name, data), context)
    except Exception as error:  # noqa: BLE001 -- that is what is looked for
        yield f"{type(error).__name__}: {error}"
        return
    took = time.process_time() - start
    figures.files += 1
    figures.slowest = max(figures.slowest, took)
    if took > SLOW:
        yield f"took {took:.1f} s"
    if "did not expect" in tree.reason:
        yield tree.reason
    if tree.reason:
        return
    figures.readable += 1
    lines = flatten(tree.root, limit=5000, siblings=5000)
    digest = hashlib.sha256(
        repr([(path, str(leaf.digest)) for path, leaf in lines.items()]).encode()
    ).hexdigest()
    suffix = name.rpartition(".")[2]
    figures.by_format[suffix] += 1
    key = (suffix, digest)
    if key not in known:
        known[key] = (data, None)
        return
    first, value = known[key]
    if first == data:
        return
    figures.equal += 1
    value = oracle.ask(name, first) if value is None else value
    known[key] = (first, value)
    other = oracle.ask(name, data)
    if value and other:
        figures.compared += 1
        if value != other:
            yield f"one tree, two values; the other is {first.hex()}"


def main() -> int:
    """Run, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("formats", nargs="*", help="suffixes of the files that are changed; default: all")
    parser.add_argument(
        "--atheris", action="store_true", help="let coverage choose the changes (installed apart)"
    )
    asked = parser.parse_args()
    if asked.atheris:
        from bench.fuzz_atheris import guided

        return guided(asked.seconds, asked.seed, asked.formats)
    found = fuzz(asked.seconds, asked.seed, formats=asked.formats)
    print(
        f"{found.files} files, {found.readable} readable, {found.equal} of the tree of another file,"
        f" {found.compared} pairs loaded; slowest {found.slowest:.2f} s; {len(found.faults)} faults;"
        f" readable by format: {dict(found.by_format)}"
    )
    return 1 if found.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
