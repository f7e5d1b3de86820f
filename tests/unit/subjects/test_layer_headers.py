# SPDX-License-Identifier: Apache-2.0
"""A layer that container runtimes, which unpack with Go, would read in another way than Python is refused.

Each of these hides a file from `tarfile`, or shows it one that Go's `archive/tar` passes over.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from unit.subjects.test_image_layers import MODEL, found, layer

from repro_action.errors import FetchError

Change = Callable[[bytearray], None]
END = bytes(1024)


def member(name: str, data: bytes, kind: bytes = tarfile.REGTYPE, change: Change = lambda _: None) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type = len(data), kind
    block = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    change(block)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + data + bytes(-len(data) % 512)


def extended(kind: bytes, key: bytes, value: bytes) -> bytes:
    body = b" %s=%s\n" % (key, value)
    length = len(body) + 1
    while len(b"%d" % length) + len(body) != length:
        length += 1
    return member("extended", b"%d%s" % (length, body), kind)


def long_name(name: str) -> bytes:
    return member("././@LongLink", name.encode() + b"\0", tarfile.GNUTYPE_LONGNAME)


def times_of_gnu(block: bytearray) -> None:
    block[257:265], block[345:357] = b"ustar  \0", b"00000000001\0"


def shorter_prefix(block: bytearray) -> None:
    block[508:512] = b"tar\0"


def odd_size(block: bytearray) -> None:
    block[124:136] = b"0o4         "


def size_after_nul(block: bytearray) -> None:
    block[124:136] = b"\0%011o" % len(INNER)


EVIL = member(MODEL, b"evil")
INNER = member(MODEL, b"weights") + END
AMBIGUOUS = {
    "a path for all members": extended(b"g", b"path", b"x/y") + EVIL,
    "a size for all members": extended(b"g", b"size", b"0") + EVIL,
    "an empty path": extended(b"x", b"path", b"") + EVIL,
    "an empty size": EVIL + extended(b"x", b"size", b"") + member("x", INNER),
    "a size that is no number": EVIL + extended(b"x", b"size", b"1_0") + member("x", INNER),
    "two long names": extended(b"x", b"path", b"x/y") + long_name(MODEL) + member("z", b"evil"),
    "two long names of GNU": long_name("x/y") + long_name(MODEL) + member("z", b"evil"),
    "holes": extended(b"x", b"GNU.sparse.size", b"9") + EVIL,
    "a malformed record": member("extended", b"9999 path=x\n", b"x") + EVIL,
    "times of GNU": member(MODEL, b"evil", change=times_of_gnu),
    "a prefix of star": member(MODEL, b"evil", change=shorter_prefix),
    "an old folder with content": EVIL + member("d/", INNER, tarfile.AREGTYPE),
    "an old file with holes": member(MODEL, b"evil", tarfile.GNUTYPE_SPARSE),
    "a size in another notation": member(MODEL, b"evil", change=odd_size),
    "a size after a NUL": EVIL + member("x", INNER, change=size_after_nul),
    "a damaged header": member("x", b"") + b"damaged" * 80 + EVIL,
    "no name": member("", b"evil"),
}


@pytest.mark.parametrize("ambiguity", sorted(AMBIGUOUS))
def test_a_layer_that_programs_read_differently_is_refused(tmp_path: Path, ambiguity: str) -> None:
    with pytest.raises(FetchError, match="a layer of the image"):
        found(tmp_path, MODEL, layer((MODEL, b"weights")), AMBIGUOUS[ambiguity] + END)


@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_what_usual_tools_write_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: int) -> None:
    monkeypatch.setattr(tarfile.TarFile, "format", kind)
    deep = f"models/{'d' * 90}/{'e' * 60}.bin"
    assert {f"{'e' * 60}.bin": b"weights"} == found(
        tmp_path, deep, layer(("models", None), (deep, b"weights"))
    )


def test_records_of_other_kinds_are_passed_over(tmp_path: Path) -> None:
    content = extended(b"g", b"comment", b"") + extended(b"x", b"SCHILY.xattr.user.a", b"\n=\xff")
    assert {"model.joblib": b"evil"} == found(tmp_path, MODEL, content + EVIL + END)
