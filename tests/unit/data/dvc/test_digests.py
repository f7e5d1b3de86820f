"""DVC's meaning of md5; the expected values were printed by DVC 3.67.1."""

import os

import pytest

from repro_action.data.dvc.pointers import read_pointer
from repro_action.data.hash_file import digest_file
from repro_action.data.hash_folder import digest_folder
from repro_action.digest import Digest
from repro_action.errors import PinError

FOLDER = {
    "one.txt": b"1\n",
    "sub/two.txt": b"2\r\n",
    "sub-x/three.txt": b"3",
    "sub.a/four.txt": b"",
    "ä/ö €.csv": b"x",
    'quote"back\\slash.txt': b"q",
    "\U0001f600.bin": b"\0\1",
    "\uffee.bin": b"w",
    "B.txt": b"b",
    ".hidden": b"h",
}


def test_a_file_has_the_value_that_dvc_prints(write):
    assert Digest("md5", "e5ebd4c02cefbe7955977c67ada242b7") == digest_file(write("a", b"a,b\n1,2\n"), "md5")
    assert Digest("md5", "b202f333fba4fd38d4b8e5e693077aab") == digest_file(
        write("b", b"a,b\r\n1,2\r\n"), "md5"
    )
    assert Digest("md5", "d41d8cd98f00b204e9800998ecf8427e") == digest_file(write("c", b""), "md5")


def test_a_folder_has_the_value_that_dvc_prints(write, project):
    for name, content in FOLDER.items():
        write(f"folder/{name}", content)
    (project / "folder/void/deep").mkdir(parents=True)
    assert Digest("md5-dvc", "1f8d1abc964a21eb9a22f3f1a27665af") == digest_folder(project / "folder", "md5")


def test_a_folder_with_a_link_has_the_value_that_dvc_prints(write, project):
    write("links/real", b"r")
    (project / "links/alias").symlink_to("real")
    assert Digest("md5-dvc", "048abc89aa44c61de447b7a9c4d33d26") == digest_folder(project / "links", "md5")


def test_an_empty_folder_has_the_value_that_dvc_prints(project):
    (project / "none").mkdir()
    assert Digest("md5-dvc", "d751713988987e9331980363e24189ce") == digest_folder(project / "none", "md5")


def test_what_dvc_ignores_by_itself_does_not_count(write, project):
    write("data/x", b"x")
    before = digest_folder(project / "data", "md5")
    for name in (".git/HEAD", "sub/.dvc/config", "sub/.hg/store", "other/.git"):
        write(f"data/{name}", b"ignored")
    assert before == digest_folder(project / "data", "md5")
    write("data/.github", b"counts")
    assert before != digest_folder(project / "data", "md5")


def test_a_name_that_dvc_cannot_write_is_refused(write, project):
    write(b"data/\xff", b"x")
    with pytest.raises(PinError, match=r"\\udcff.*not UTF-8|not UTF-8"):
        digest_folder(project / "data", "md5")


def test_a_pointer_to_a_file_is_read():
    (pointer,) = read_pointer(
        b"outs:\n- md5: e5ebd4c02cefbe7955977c67ada242b7\n  size: 8\n  hash: md5\n  path: file.csv\n",
        "file.csv.dvc",
    )
    assert ("file.csv", Digest("md5", "e5ebd4c02cefbe7955977c67ada242b7"), False) == (
        pointer.path,
        pointer.digest,
        pointer.legacy,
    )


def test_a_pointer_to_a_folder_is_read():
    (pointer,) = read_pointer(
        b"wdir: ../raw\nouts:\n- md5: d751713988987e9331980363e24189ce.dir\n  hash: md5\n  path: none\n",
        "none.dvc",
    )
    assert ("../raw/none", Digest("md5-dvc", "d751713988987e9331980363e24189ce")) == (
        pointer.path,
        pointer.digest,
    )


def test_a_pointer_of_dvc_2_is_marked():
    (pointer,) = read_pointer(b"outs:\n- md5: e5ebd4c02cefbe7955977c67ada242b7\n  path: a\n", "a.dvc")
    assert pointer.legacy


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"outs: 3",
        b"outs: []",
        b"outs: [3]",
        b"outs: [{path: a}]",
        b"outs: [{path: a, md5: zz}]",
        b"outs: [{path: 3, md5: d751713988987e9331980363e24189ce}]",
        b"outs: [",
        b"\xff",
        b"a: &x [1]\nouts: *x",
        b"outs: 2020-13-45",
        b"!!python/object/apply:os.system ['true']",
        b"[" * 5000,
        b"#" * (1 << 20) + b"##",
    ],
)
def test_what_is_no_pointer_is_refused_and_never_run(text):
    with pytest.raises(PinError, match=r"a\.dvc is not a readable DVC pointer"):
        read_pointer(text, "a.dvc")


def test_nesting_is_refused_before_it_costs_time():
    with pytest.raises(PinError, match="nested too deeply"):
        read_pointer(b"outs: " + b"[" * 20 + b"]" * 20, "a.dvc")


def test_a_real_dvc_would_agree_on_the_encoding_of_names():
    # DVC writes names as ASCII JSON; a name that sorts differently in UTF-16 must not move.
    assert sorted(FOLDER) == sorted(FOLDER, key=os.fsencode)
