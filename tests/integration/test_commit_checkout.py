"""A project as it was at a commit is written without running anything that the repository names."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from repro_action.config.model import DataPin
from repro_action.data.stat_cache import StatCache
from repro_action.digest import Digest, digest_bytes
from repro_action.history import History, HistoryError
from repro_action.runs.checkout_data import bring_data
from repro_action.runs.commit_checkout import FOLDER, CheckoutLimits, commit_checkout


def git(folder: Path, *arguments: str, given: bytes = b"") -> str:
    named = ["-c", "user.name=T", "-c", "user.email=t@example.org"]
    done = subprocess.run(
        ["git", *named, *arguments], cwd=folder, check=True, capture_output=True, input=given
    )
    return done.stdout.decode().strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    return folder


def commit(folder: Path, files: dict[str, str | bytes], subject: str = "a change") -> str:
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", subject, "--allow-empty")
    return git(folder, "rev-parse", "HEAD")


def made_by_hand(folder: Path, entries: list[tuple[str, str, bytes]]) -> str:
    """Commit a tree that git would not make: (mode and type, name, content)."""
    blobs = [git(folder, "hash-object", "-w", "--stdin", given=content) for _, _, content in entries]
    raw = b"".join(
        f"{mode} {name}".encode() + b"\0" + bytes.fromhex(blob)
        for (mode, name, _), blob in zip(entries, blobs, strict=True)
    )
    tree = git(folder, "hash-object", "-w", "-t", "tree", "--literally", "--stdin", given=raw)
    return git(folder, "commit-tree", tree, "-m", "by hand")


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def state_of(folder: Path) -> tuple[dict[str, bytes], str]:
    """Return the files of a working tree and of its git folder, without repro's own."""
    found = {name: data for name, data in files_below(folder).items() if not name.startswith(".repro/")}
    return found, git(folder, "rev-parse", "HEAD")


def test_files_are_those_of_the_commit_and_the_working_tree_stays_as_it_is(repository: Path) -> None:
    first = commit(repository, {"train.py": "1", "data/a.csv": b"a\r\n", "run.sh": "#!/bin/sh"})
    (repository / "run.sh").chmod(0o755)
    second = commit(repository, {"train.py": "2"})
    (repository / "data" / "a.csv").unlink()
    commit(repository, {"train.py": "3"})
    (repository / "train.py").write_text("edited, and not committed")
    before = state_of(repository)
    with commit_checkout(History(repository), first, repository / ".repro") as checkout:
        assert {"train.py": b"1", "data/a.csv": b"a\r\n", "run.sh": b"#!/bin/sh"} == files_below(
            checkout.root
        )
        assert not os.access(checkout.root / "run.sh", os.X_OK)
        checkout.move(second)
        assert os.access(checkout.root / "run.sh", os.X_OK)
        checkout.move("main")
        assert {"train.py": b"3", "run.sh": b"#!/bin/sh"} == files_below(checkout.root)
        assert not (checkout.root / "data").exists()
    assert [] == list((repository / ".repro" / FOLDER).iterdir())
    assert before == state_of(repository)


def test_no_hook_filter_or_attribute_of_the_repository_takes_part(repository: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    commit(
        repository,
        {
            ".gitattributes": "*.txt filter=bad\n*.csv export-ignore eol=crlf\nid.py ident export-subst\n",
            "a.txt": "a\n",
            "a.csv": "1\n",
            "id.py": "# $Id$ $Format:%H$\n",
            ".gitmodules": '[submodule "s"]\n\tpath = s\n\turl = ../nowhere\n',
        },
    )
    hook = repository / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
    hook.chmod(0o755)
    for key in ("filter.bad.smudge", "filter.bad.process", "core.fsmonitor", "core.sshCommand"):
        git(repository, "config", key, f"touch {ran}")
    with commit_checkout(History(repository), "HEAD", repository / ".repro") as checkout:
        found = files_below(checkout.root)
    assert (b"a\n", b"1\n", b"# $Id$ $Format:%H$\n") == (found["a.txt"], found["a.csv"], found["id.py"])
    assert not ran.exists()


def test_links_that_lead_out_are_left_out_and_named(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    commit(repository, {"a/b/c/file": "x"})
    targets = {
        "absolute": "/etc/passwd",
        "up": "../secret",
        "a/b/c/top": "../../..",
        "through": "a/b/c/top/../secret",
        "inside": "a/b/c/file",
        "nowhere": "a/none",
    }
    for name, target in targets.items():
        (repository / name).symlink_to(target)
    commit(repository, {})
    with commit_checkout(History(repository), "HEAD", repository / ".repro") as checkout:
        assert {"absolute", "up", "through"} == set(checkout.left_out)
        assert (checkout.root / "inside").read_text() == "x"
        assert {"inside", "nowhere", "a/b/c/top"} <= set(checkout.entries)
        assert [] == [name for name in ("absolute", "up", "through") if os.path.lexists(checkout.root / name)]


@pytest.mark.parametrize(
    "entries",
    [
        [("100644", "..", b"x")],
        [("100644", ".git", b"x")],
        [("100644", ".GIT", b"x")],
        [("100644", "a", b"1"), ("100644", "a", b"2")],
    ],
)
def test_names_that_git_never_makes_are_refused(
    repository: Path, entries: list[tuple[str, str, bytes]]
) -> None:
    bad = made_by_hand(repository, entries)
    with (
        pytest.raises(HistoryError) as refused,
        commit_checkout(History(repository), bad, repository / ".repro"),
    ):
        pass
    assert "is refused" in refused.value.what
    assert [] == list((repository / ".repro" / FOLDER).iterdir())


def test_nothing_is_written_through_a_link_that_stands_where_a_folder_is_needed(
    repository: Path, tmp_path: Path
) -> None:
    blob = git(repository, "hash-object", "-w", "--stdin", given=b"x")
    inner = git(repository, "mktree", given=f"100644 blob {blob}\tfile\n".encode())
    link = git(repository, "hash-object", "-w", "--stdin", given=str(tmp_path).encode())
    raw = b"".join(
        f"{mode} a".encode() + b"\0" + bytes.fromhex(name)
        for mode, name in (("120000", link), ("40000", inner))
    )
    tree = git(repository, "hash-object", "-w", "-t", "tree", "--literally", "--stdin", given=raw)
    bad = git(repository, "commit-tree", tree, "-m", "by hand")
    with pytest.raises(HistoryError), commit_checkout(History(repository), bad, repository / ".repro"):
        pass
    assert not (tmp_path / "file").exists()


def test_submodules_collisions_and_what_is_of_repro_are_named(repository: Path) -> None:
    commit(repository, {"A.py": "1", "sub/x": "2"})
    blob = git(repository, "rev-parse", "HEAD:A.py")
    head = git(repository, "rev-parse", "HEAD")
    for about in (f"160000,{head},s", f"100644,{blob},a.py", f"100644,{blob},sub/.repro/cache/x"):
        git(repository, "update-index", "--add", "--cacheinfo", about)
    git(repository, "commit", "-qm", "more")
    with commit_checkout(History(repository), "HEAD", repository / ".repro") as checkout:
        assert ("s",) == checkout.submodules
        assert [] == list((checkout.root / "s").iterdir())
        assert (("A.py", "a.py"),) == checkout.collisions
        assert {"sub/.repro/cache/x"} == set(checkout.left_out)
        assert not (checkout.root / "sub" / ".repro").exists()


def test_a_commit_beyond_the_limits_is_one_clear_error(repository: Path) -> None:
    commit(repository, {"a": "123", "b": "456"})
    for limits in (CheckoutLimits(files=1), CheckoutLimits(size=5)):
        with (
            pytest.raises(HistoryError, match="2 files with 6 bytes"),
            commit_checkout(History(repository), "HEAD", repository / ".repro", limits=limits),
        ):
            pass
    with (
        pytest.raises(HistoryError, match="does not know the revision"),
        commit_checkout(History(repository), "--output=x", repository / ".repro"),
    ):
        pass


def test_pinned_data_comes_by_digest_and_what_is_nowhere_is_named(repository: Path) -> None:
    data = b"a,b\n1,2\n"
    oid = hashlib.sha256(data).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(data)}\n"
    files = {".gitignore": "raw\n", "m/big.csv": pointer, "m/other.csv": pointer.replace(oid, "0" * 64)}
    with_data = commit(repository, files)
    for name, content in (("raw/a.csv", data), ("big.csv", data), ("raw/changed.csv", b"new")):
        (repository / "m" / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / "m" / name).write_bytes(content)
    pins = [
        DataPin(path="raw/a.csv", digest=digest_bytes("blake3", data)),
        DataPin(path="raw/changed.csv", digest=digest_bytes("blake3", b"old")),
        DataPin(path="big.csv", digest=Digest("sha256", oid)),
    ]
    with (
        commit_checkout(History(repository), with_data, repository / ".repro") as checkout,
        StatCache(repository / ".repro" / "stat.sqlite", root=repository / "m") as cache,
    ):
        assert ("m/big.csv", "m/other.csv") == checkout.pointers
        missing = bring_data(checkout, pins, folder="m", source=repository / "m", cache=cache)
        assert ("raw/changed.csv",) == missing
        assert ("m/other.csv",) == checkout.pointers
        assert data == (checkout.root / "m" / "raw" / "a.csv").read_bytes()
        assert data == (checkout.root / "m" / "big.csv").read_bytes()
        checkout.move(with_data)
        assert pointer.encode() == (checkout.root / "m" / "big.csv").read_bytes()
        assert not (checkout.root / "m" / "raw").exists()


def test_a_checkout_that_a_killed_process_left_is_removed_and_one_in_use_stays(repository: Path) -> None:
    commit(repository, {"a": "1"})
    state = repository / ".repro"
    code = (
        "import os, sys; from pathlib import Path\n"
        "from repro_action.history import History\n"
        "from repro_action.runs.commit_checkout import commit_checkout\n"
        "with commit_checkout(History(Path(sys.argv[1])), 'HEAD', Path(sys.argv[1], '.repro')):\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(repository)], check=False)
    assert done.returncode == -9
    assert len(list((state / FOLDER).iterdir())) == 1
    with commit_checkout(History(repository), "HEAD", state) as first:
        assert len(list((state / FOLDER).iterdir())) == 1
        with commit_checkout(History(repository), "HEAD", state) as second:
            assert first.root != second.root
        assert (first.root / "a").read_text() == "1"
    assert [] == list((state / FOLDER).iterdir())
