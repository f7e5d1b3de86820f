"""The zip files of strangers: one plain member of the known name, or a refusal."""

import io
import struct
import zipfile

import pytest

from repro_action.errors import ArtifactUnreadable
from repro_action.sinks.github.archive import read

NAME = "repro-report.json"


def zipped(*members, mode=0, method=zipfile.ZIP_DEFLATED, comment=b""):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = method
            archive.writestr(info, data)
        archive.comment = comment
    return buffer.getvalue()


def streamed(data):
    """A member written without knowing its size, as runners do."""

    class Unseekable(io.BytesIO):
        def seekable(self):
            return False

        def seek(self, *args):
            raise io.UnsupportedOperation

        def tell(self):
            raise io.UnsupportedOperation

    target = Unseekable()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(NAME), data)
    return target.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
@pytest.mark.parametrize("mode", [0, 0o100644])
def test_one_plain_member_is_read(method, mode):
    assert b"{}" * 10 == read(zipped((NAME, b"{}" * 10), mode=mode, method=method), NAME, limit=100)


def test_a_streamed_member_and_an_empty_one_are_read():
    assert b"abc" == read(streamed(b"abc"), NAME, limit=100)
    assert b"" == read(zipped((NAME, b"")), NAME, limit=100)


def patched(data, at, new, *, after=b"PK\x01\x02"):
    """Replace bytes of the entry in the list of members."""
    place = data.rindex(after) + at
    return data[:place] + new + data[place + len(new) :]


GOOD = zipped((NAME, b"x" * 100))
HOSTILE = {
    "nothing": b"",
    "no zip": b"hello" * 100,
    "other name": zipped(("report.json", b"{}")),
    "path": zipped((f"../{NAME}", b"{}")),
    "absolute": zipped((f"/{NAME}", b"{}")),
    "backslash": zipped((f"..\\{NAME}", b"{}")),
    "name with a NUL": patched(zipped((f"{NAME}x.exe", b"{}")), 46 + len(NAME), b"\0"),
    "folder": zipped((f"{NAME}/", b"")),
    "symlink": zipped((NAME, b"/etc/passwd"), mode=0o120777),
    "device": zipped((NAME, b""), mode=0o020644),
    "two members": zipped((NAME, b"{}"), ("other", b"{}")),
    "no member": zipped(),
    "bzip2": zipped((NAME, b"{}"), method=zipfile.ZIP_BZIP2),
    "lzma": zipped((NAME, b"{}"), method=zipfile.ZIP_LZMA),
    "comment": zipped((NAME, b"{}"), comment=b"hello"),
    "too long": zipped((NAME, b"x" * 3_000_001), method=zipfile.ZIP_STORED),
    "bomb": zipped((NAME, b"\0" * 2_900_000)),
    "encrypted": patched(GOOD, 8, b"\x01\x00"),
    "wrong checksum": patched(GOOD, 16, b"\0\0\0\0"),
    "shorter than said": patched(GOOD, 24, struct.pack("<L", 200)),
    "longer than said": patched(GOOD, 24, struct.pack("<L", 50)),
    "cut": GOOD[:-1],
    "something behind": GOOD + b"\0",
    "something before": b"MZ" + GOOD,
    "zip64": patched(GOOD, 16, b"\xff\xff\xff\xff", after=b"PK\x05\x06"),
    "65,535 members said": patched(GOOD, 8, b"\xff\xff\xff\xff", after=b"PK\x05\x06"),
    "list in the wrong place": patched(GOOD, 16, struct.pack("<L", 1), after=b"PK\x05\x06"),
    "damaged": GOOD[:50] + bytes(20) + GOOD[70:],
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_anything_else_is_refused(data):
    with pytest.raises(ArtifactUnreadable) as refused:
        read(data, NAME, limit=3_000_000, where="repro-report")
    assert "artifact repro-report" == refused.value.where


def test_a_list_of_a_million_members_is_not_parsed():
    entry = GOOD[GOOD.rindex(b"PK\x01\x02") : GOOD.rindex(b"PK\x05\x06")]
    many = entry * 100_000
    start = GOOD.rindex(b"PK\x01\x02")
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(many), start, 0)
    with pytest.raises(ArtifactUnreadable, match="one file"):
        read(GOOD[:start] + many + end, NAME, limit=1000)


def test_every_damaged_byte_is_refused_or_harmless():
    for place in range(len(GOOD)):
        for value in (0, 0xFF, GOOD[place] ^ 1):
            spoilt = GOOD[:place] + bytes([value]) + GOOD[place + 1 :]
            try:
                assert b"x" * 100 == read(spoilt, NAME, limit=1000)
            except ArtifactUnreadable:
                continue
