"""Materials that must stay as they are from the first step to the last."""

import os
import shutil
import time
from dataclasses import replace

import pytest

from repro_action.data.hash_file import digest_file
from repro_action.data.hash_folder import digest_folder
from repro_action.data.seal import APPEARED, CHANGED, TOUCHED, VANISHED, Breach, Seal
from repro_action.data.signature import signature
from repro_action.errors import PinError, SealError

PATHS = ("train.py", "alias.py", "data", "linked")


@pytest.fixture
def sealed(write, project):
    write("train.py", b"print(1)\n")
    write("other.py", b"print(2)\n")
    write("data/a.csv", b"1,2\n")
    write("data/sub/b.csv", b"3,4\n")
    write("store/x", b"x")
    write("store2/x", b"x")
    (project / "alias.py").symlink_to("train.py")
    (project / "data" / "link").symlink_to("../other.py")
    (project / "linked").symlink_to("store")
    return Seal.create(PATHS, root=project, algorithm="blake3")


def breaches(seal):
    return {breach.path: breach.reason for breach in seal.breaches()}


def in_place(path, content):
    """Overwrite without making a new inode."""
    with path.open("r+b") as file:
        file.write(content)


def test_nothing_is_broken_when_nothing_happened(sealed):
    assert () == sealed.breaches()
    sealed.require_intact()


def test_the_digests_are_those_of_the_materials(sealed, project):
    assert {
        "alias.py": digest_file(project / "train.py", "blake3"),
        "data": digest_folder(project / "data", "blake3"),
        "linked": digest_folder(project / "store", "blake3"),
        "train.py": digest_file(project / "train.py", "blake3"),
    } == sealed.digests


def test_reading_and_listing_break_nothing(sealed, project):
    (project / "train.py").read_bytes()
    list(project.rglob("*"))
    assert () == sealed.breaches()


def longer(root):
    (root / "train.py").write_bytes(b"print(1)\n\n")


def same_size(root):
    in_place(root / "train.py", b"print(3)")


def same_size_and_time(root):
    status = (root / "train.py").stat()
    in_place(root / "train.py", b"print(3)")
    os.utime(root / "train.py", ns=(status.st_atime_ns, status.st_mtime_ns))


def replaced(root):
    (root / "new").write_bytes(b"print(3)\n")
    (root / "new").replace(root / "train.py")


def truncated(root):
    os.truncate(root / "train.py", 0)


def removed(root):
    (root / "train.py").unlink()


def became_a_folder(root):
    removed(root)
    (root / "train.py").mkdir()


def became_a_pipe(root):
    removed(root)
    os.mkfifo(root / "train.py")


def became_a_broken_link(root):
    removed(root)
    (root / "train.py").symlink_to("nowhere")


def put_back(root):
    in_place(root / "train.py", b"print(3)")
    time.sleep(0.02)
    in_place(root / "train.py", b"print(1)")


def put_back_with_its_time(root):
    status = (root / "train.py").stat()
    put_back(root)
    os.utime(root / "train.py", ns=(status.st_atime_ns, status.st_mtime_ns))


def put_back_as_a_copy(root):
    shutil.copy2(root / "train.py", root / "copy")
    (root / "copy").replace(root / "train.py")


def mode(root):
    time.sleep(0.02)
    (root / "train.py").chmod(0o755)


ALIASED = ("train.py", "alias.py")
GONE = "is not a file any more"


@pytest.mark.parametrize(
    ("mutant", "reason"),
    [
        (longer, CHANGED),
        (same_size, CHANGED),
        (same_size_and_time, CHANGED),
        (replaced, CHANGED),
        (truncated, CHANGED),
        (removed, VANISHED),
        (became_a_broken_link, None),
        (became_a_pipe, None),
        (became_a_folder, GONE),
        (put_back, TOUCHED),
        (put_back_with_its_time, TOUCHED),
        (put_back_as_a_copy, TOUCHED),
        (mode, TOUCHED),
    ],
)
def test_a_file_is_seen_that_was(sealed, project, mutant, reason):
    mutant(project)
    result = breaches(sealed)
    # The link to it is told as well: whoever read through it read something else.
    assert set(ALIASED) == result.keys()
    if reason is not None:
        assert reason == result["train.py"]


@pytest.mark.parametrize(
    ("mutant", "expected"),
    [
        (lambda root: (root / "data/new.csv").touch(), {"data/new.csv": APPEARED}),
        (lambda root: (root / "data/a.csv").unlink(), {"data/a.csv": VANISHED}),
        (lambda root: in_place(root / "data/a.csv", b"1,3"), {"data/a.csv": CHANGED}),
        (
            lambda root: (root / "data/sub").rename(root / "data/sub2"),
            {"data/sub/b.csv": VANISHED, "data/sub2/b.csv": APPEARED},
        ),
        (lambda root: in_place(root / "other.py", b"print(3)"), {"data/link": CHANGED}),
        (lambda root: shutil.rmtree(root / "data"), {"data": VANISHED}),
        (lambda root: (root / "data/void").mkdir(), {}),
    ],
)
def test_a_folder_names_the_file(sealed, project, mutant, expected):
    mutant(project)
    assert expected == breaches(sealed)


def test_a_link_that_points_to_an_equal_file_is_seen(sealed, project):
    shutil.copy2(project / "train.py", project / "twin.py")
    (project / "alias.py").unlink()
    (project / "alias.py").symlink_to("twin.py")
    assert {"alias.py"} == breaches(sealed).keys()


def test_a_link_that_points_to_an_equal_folder_is_seen(sealed, project):
    (project / "linked").unlink()
    (project / "linked").symlink_to("store2")
    assert {"linked", "linked/x"} == breaches(sealed).keys()


def test_a_link_inside_a_folder_that_is_remade_is_seen(sealed, project):
    (project / "data/link").unlink()
    (project / "data/link").symlink_to("../other.py")
    assert {"data/link"} == breaches(sealed).keys()


def test_a_link_to_a_folder_that_appears_is_reported(sealed, project):
    (project / "data/up").symlink_to(project)
    assert "data/up is a link to a folder" in breaches(sealed)["data"]


def test_an_edit_within_the_same_tick_of_the_clock_is_seen(write, project):
    for number in range(100):
        path = write("racy", b"a")
        seal = Seal.create(["racy"], root=project, algorithm="blake3")
        in_place(path, b"b")
        assert {"racy": CHANGED} == breaches(seal), number


@pytest.mark.parametrize(("unsettled", "expected"), [({b""}, {"racy": CHANGED}), (set(), {})])
def test_content_decides_where_the_signature_was_taken_too_early(write, project, unsettled, expected):
    """What the clock cannot be made to do: the edit left the signature as it was."""
    path = write("racy", b"a")
    seal = Seal.create(["racy"], root=project, algorithm="blake3")
    in_place(path, b"b")
    ((_, value),) = seal.files["racy"].files.values()
    files = {b"": (signature(path.stat()), value)}
    sealed = replace(seal.files["racy"], files=files, unsettled=frozenset(unsettled))
    assert expected == breaches(replace(seal, files={"racy": sealed}))


def test_settled_files_are_not_read_again(settled, project):
    folder = settled()
    seal = Seal.create([folder.name], root=folder.parent, algorithm="blake3")
    assert all(not sealed.unsettled for sealed in seal.files.values())
    assert () == seal.breaches()


def test_a_pin_keeps_its_own_algorithm(write, project):
    write("a", b"a")
    write("b", b"b")
    write("data/.git/x", b"ignored by DVC")
    write("data/x", b"x")
    seal = Seal.create(
        ["a", "b", "data"], root=project, algorithm="blake3", pinned={"b": "md5", "data": "md5-dvc"}
    )
    assert ["blake3", "md5", "md5-dvc"] == [digest.algorithm for digest in seal.digests.values()]
    assert () == seal.breaches()


def test_a_seal_with_a_cache_holds_the_same(settled, project, cache):
    folder = settled()
    for _ in range(2):
        seal = Seal.create(
            [f"{folder.name}/a.csv", folder.name], root=folder.parent, algorithm="blake3", cache=cache
        )
        assert seal == Seal.create(
            [f"{folder.name}/a.csv", folder.name], root=folder.parent, algorithm="blake3"
        )
    (folder / "a.csv").write_bytes(b"other")
    assert {f"{folder.name}/a.csv": CHANGED} == breaches(seal)


def test_a_missing_material_cannot_be_sealed(project):
    with pytest.raises(PinError, match="nowhere"):
        Seal.create(["nowhere"], root=project, algorithm="blake3")


def test_a_broken_seal_is_an_error_that_names_files_safely(write, project):
    write("data/x")
    seal = Seal.create(["data"], root=project, algorithm="blake3")
    for number in range(12):
        write(f"data/n\x1b{number:02}")
    assert Breach(path="data/n\x1b00", reason=APPEARED) == seal.breaches()[0]
    with pytest.raises(SealError) as caught:
        seal.require_intact()
    assert r"data/n\x1b09 appeared during the run" in caught.value.why
    assert "and 2 more" in caught.value.why
    assert "\x1b" not in str(caught.value)
