# SPDX-License-Identifier: Apache-2.0
"""Files of an image: layers over each other, as the image specification has it, and hostile ones."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro_action.errors import FetchError
from repro_action.subjects import image_layers
from repro_action.subjects.image_layers import LayeredFiles

MODEL = "models/wine/model.joblib"


def layer(*members: tuple[str, bytes | str | None], kind: bytes = tarfile.REGTYPE) -> bytes:
    """Return a tar archive: bytes are a file, a text the target of a link, None is a folder."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if content is None:
                info.type = tarfile.DIRTYPE
                archive.addfile(info)
            elif isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE if kind == tarfile.REGTYPE else kind, content
                archive.addfile(info)
            else:
                info.size, info.type = len(content), kind
                archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def found(folder: Path, wanted: str, *layers: bytes) -> dict[str, bytes]:
    """Return the files that a path of an image names: relative path → content."""
    into = folder / "into"
    into.mkdir()
    files = LayeredFiles(wanted=wanted, into=into)
    for number, content in enumerate(layers):
        place = folder / f"{number}.layer"
        place.write_bytes(content)
        files.add(place)
    files.files()
    return {
        path.relative_to(into).as_posix(): path.read_bytes() for path in into.rglob("*") if path.is_file()
    }


@pytest.mark.parametrize("name", [MODEL, f"./{MODEL}", f"/{MODEL}", MODEL.replace("/", "//")])
@pytest.mark.parametrize("packed", [bytes, gzip.compress])
def test_a_file_and_a_folder_are_found_however_a_layer_writes_their_names(tmp_path, name, packed) -> None:
    content = packed(layer(("models", None), (name, b"weights"), ("etc/passwd", b"root")))
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert {"model.joblib": b"weights"} == found(tmp_path / "a", MODEL, content)
    assert {"wine/model.joblib": b"weights"} == found(tmp_path / "b", "models", content)


def test_a_higher_layer_wins(tmp_path) -> None:
    assert {"model.joblib": b"new"} == found(tmp_path, MODEL, layer((MODEL, b"old")), layer((MODEL, b"new")))


@pytest.mark.parametrize(
    "above",
    [
        [("models/wine/.wh.model.joblib", b"")],
        [("models/.wh.wine", b"")],
        [(".wh.models", b"")],
        [("models/wine/.wh..wh..opq", b"")],
        [("models/.wh..wh..opq", b"")],
        [("models/wine", b"a file now")],
        [(MODEL, None)],
    ],
)
def test_what_a_higher_layer_removes_or_replaces_is_not_there(tmp_path, above) -> None:
    with pytest.raises(FetchError):
        found(tmp_path, MODEL, layer((MODEL, b"weights")), layer(*above))


def test_a_whiteout_hides_nothing_of_its_own_layer(tmp_path) -> None:
    above = layer((MODEL, b"new"), ("models/.wh..wh..opq", b""), ("models/wine/.wh.model.joblib", b""))
    assert {"model.joblib": b"new"} == found(tmp_path, MODEL, layer((MODEL, b"old")), above)


@pytest.mark.parametrize("place", [MODEL, "models/wine", "models"])
def test_a_link_in_the_way_is_named_and_not_followed(tmp_path, place) -> None:
    with pytest.raises(FetchError, match="is a link to") as caught:
        found(tmp_path, MODEL, layer((MODEL, b"weights")), layer((place, "/elsewhere")))
    assert "/elsewhere" in caught.value.what


@pytest.mark.parametrize("kind", [tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_a_hard_link_or_device_is_no_file(tmp_path, kind) -> None:
    with pytest.raises(FetchError, match="is a link to"):
        found(tmp_path, MODEL, layer((MODEL, "etc/shadow"), kind=kind))


def test_a_link_that_a_folder_replaces_is_in_nobodys_way(tmp_path) -> None:
    below, above = layer(("models", "/elsewhere")), layer(("models", None), (MODEL, b"weights"))
    assert {"model.joblib": b"weights"} == found(tmp_path, MODEL, below, above)


@pytest.mark.parametrize("name", ["../x", "models/../../x", "models/wine/../x"])
def test_a_path_that_leads_outside_is_refused(tmp_path, name) -> None:
    with pytest.raises(FetchError, match="leads elsewhere"):
        found(tmp_path, "", layer((name, b"x")))


@given(name=st.text(min_size=1, max_size=30), link=st.booleans())
def test_nothing_is_written_outside_whatever_a_layer_says(tmp_path_factory, name, link) -> None:
    top = tmp_path_factory.mktemp("top")
    try:
        content = layer((name, "../../outside" if link else b"x"), (f"{name}/below", b"x"))
        found(top, "", content)
    except (FetchError, UnicodeError, ValueError):
        pass
    assert {"into", "0.layer"} >= {path.name for path in top.iterdir()}


def test_layers_that_expand_without_end_are_left(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(image_layers, "UNPACKED", 1 << 20)
    bomb = gzip.compress(layer(("a", bytes(1 << 20))))
    with pytest.raises(FetchError, match="expand to more than"):
        found(tmp_path, MODEL, bomb, bomb)


@pytest.mark.parametrize("damage", [b"", b"\0" * 100, gzip.compress(b"no tar")[:12], b"x" * 600])
def test_a_damaged_layer_is_an_error_of_its_own(tmp_path, damage) -> None:
    with pytest.raises(FetchError):
        found(tmp_path, MODEL, damage)


def test_a_member_that_is_cut_off_is_an_error_of_its_own(tmp_path) -> None:
    with pytest.raises(FetchError):
        found(tmp_path, MODEL, layer((MODEL, b"w" * 5_000))[:2_000])


def test_files_whose_names_differ_in_case_alone_are_refused(tmp_path) -> None:
    with pytest.raises(FetchError, match="one file on some disks"):
        found(tmp_path, "models", layer(("models/a", b"x"), ("models/A", b"y")))


def test_a_file_that_a_folder_replaces_is_gone(tmp_path) -> None:
    below, above = layer(("models", b"a file")), layer((MODEL, b"weights"))
    assert {"wine/model.joblib": b"weights"} == found(tmp_path, "models", below, above)


def test_a_link_beside_a_whiteout_of_its_own_layer_is_seen(tmp_path) -> None:
    above = layer(
        ("models/wine/.wh..wh..opq", b""), (MODEL, b"weights"), ("models/wine/more.pkl", "/elsewhere")
    )
    with pytest.raises(FetchError, match="is a link to"):
        found(tmp_path, "models", layer((MODEL, b"weights")), above)


def test_what_is_not_wanted_may_have_any_name(tmp_path) -> None:
    content = layer(("lib/systemd/dev-disk\\x2did.device", b""), ("etc/a\nb", b""), (MODEL, b"weights"))
    assert {"model.joblib": b"weights"} == found(tmp_path, MODEL, content)


@pytest.mark.parametrize("name", [".member-1", ".Member-1"])
def test_no_member_takes_the_place_where_another_waits(tmp_path, name) -> None:
    with pytest.raises(FetchError, match="no name for a file elsewhere"):
        found(tmp_path, "", layer((name, b"other"), ("model.joblib", b"weights")))


@pytest.mark.parametrize("titles", [("a", "a/b"), ("a/b", "a")])
def test_a_title_that_is_both_a_file_and_a_folder_is_an_error_of_its_own(tmp_path, titles) -> None:
    files = LayeredFiles(wanted="", into=tmp_path / "into")
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(b"x")
    second.write_bytes(b"y")
    files.add_file(titles[0], first)
    with pytest.raises(FetchError, match="both as a file and as a folder"):
        files.add_file(titles[1], second)
