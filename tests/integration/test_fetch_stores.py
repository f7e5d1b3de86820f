# SPDX-License-Identifier: Apache-2.0
"""Data that is not there, fetched from DVC's remotes, from a bucket, and by git-lfs."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from integration.fetching import DATA, project, server, supply
from required import absent
from s3_server import bucket_of

from repro_action.data.dvc.objects import object_names
from repro_action.digest import Digest
from repro_action.errors import FetchError
from repro_action.progress import Silent
from repro_action.subjects.kinds import fetch_subject

__all__ = ["server"]


def remote_of(root: Path, url: str, options: str = "", local: str = "") -> dict[str, bytes]:
    """Make a project with a pointer to a folder that only a remote has; returns the remote's objects."""
    parts = {"a.bin": b"a" * 100, "deep/b.bin": b"b" * 100}
    listing = json.dumps(
        [{"md5": hashlib.md5(data).hexdigest(), "relpath": name} for name, data in parts.items()]
    ).encode()
    (root / ".dvc" / "cache").mkdir(parents=True)
    (root / ".dvc/config").write_text(
        f"[core]\n    remote = store\n['remote \"store\"']\n    url = {url}\n{options}"
    )
    (root / ".dvc/config.local").write_text(f"['remote \"store\"']\n{local}")
    value = hashlib.md5(listing).hexdigest()
    (root / "data").mkdir()
    (root / "data/d.bin.dvc").write_text(f"outs:\n- md5: {value}.dir\n  hash: md5\n  path: d.bin\n")
    found = {object_names(Digest("md5-dvc", value))[0]: listing}
    old = {object_names(Digest("md5", hashlib.md5(data).hexdigest()))[1]: data for data in parts.values()}
    return found | old


@pytest.mark.parametrize("kind", ["folder", "http"])
def test_a_folder_that_dvc_tracks_comes_from_its_remote_in_both_layouts(server, tmp_path, kind):
    root = project(tmp_path)
    url = "../../store" if kind == "folder" else f"{server.address}/dvc"
    objects = remote_of(root, url)
    digest = (root / "data/d.bin.dvc").read_text().split("md5: ")[1].split(".dir")[0]
    for name, data in objects.items():
        server.files[f"/dvc/{name}"] = data
        place = tmp_path / "store" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    place = supply(root, "", f"md5-dvc:{digest}")
    assert {"a.bin", "deep/b.bin"} == {path.relative_to(place).as_posix() for path in place.rglob("*.bin")}
    if kind == "http":
        kept = {
            path.relative_to(root / ".dvc/cache").as_posix()
            for path in (root / ".dvc/cache").rglob("*")
            if path.is_file()
        }
        assert set(objects) == kept, "the cache keeps it as `dvc pull` would"


def test_a_remote_that_refuses_lies_or_lacks_the_data_is_named_with_dvc_pull(server, tmp_path):
    root = project(tmp_path)
    objects = remote_of(root, f"{server.address}/dvc", local="    user = u\n    password = hush\n")
    digest = f"md5-dvc:{(root / 'data/d.bin.dvc').read_text().split('md5: ')[1].split('.dir')[0]}"
    name = next(iter(objects))
    with pytest.raises(FetchError, match="does not exist") as caught:
        supply(root, "", digest)
    assert "dvc pull data/d.bin.dvc" in caught.value.remedy
    assert "store" in caught.value.why
    server.status[f"/dvc/{name}"] = 403
    with pytest.raises(FetchError, match=r"DVC remote store .*127\.0\.0\.1") as caught:
        supply(root, "", digest)
    assert "dvc pull -r store" in caught.value.remedy
    del server.status[f"/dvc/{name}"]
    server.files[f"/dvc/{name}"] = b"[]"
    with pytest.raises(FetchError, match="other bytes"):
        supply(root, "", digest)
    assert not (root / "data/d.bin").exists()
    assert {""} == {login for _, _, login in server.asked}, "the address is not of config.local"


def test_a_login_is_sent_where_config_local_names_the_address_too(server, tmp_path):
    root = project(tmp_path)
    remote_of(
        root,
        "https://elsewhere.example",
        local=f"    url = {server.address}/dvc\n    user = u\n    password = p\n",
    )
    digest = (root / "data/d.bin.dvc").read_text().split("md5: ")[1].split(".dir")[0]
    with pytest.raises(FetchError):
        supply(root, "", f"md5-dvc:{digest}")
    assert {"Basic dTpw"} == {login for _, _, login in server.asked}


def test_a_remote_of_another_kind_is_left_to_dvc(tmp_path):
    root = project(tmp_path)
    remote_of(root, "ssh://host/store")
    digest = (root / "data/d.bin.dvc").read_text().split("md5: ")[1].split(".dir")[0]
    with pytest.raises(FetchError, match="of a kind that repro does not read") as caught:
        supply(root, "", f"md5-dvc:{digest}")
    assert "dvc pull -r store" in caught.value.remedy


def test_a_bucket_is_a_source_and_a_remote(tmp_path, monkeypatch):
    try:
        import obstore  # noqa: F401
    except ImportError:
        absent("obstore", "obstore is not installed: run make extras")
    root, other = project(tmp_path), project(tmp_path, "two")
    objects = {f"dvc/{name}": data for name, data in remote_of(root, "s3://bucket/dvc").items()}
    with bucket_of({**objects, "d.bin": DATA}) as served:
        with (root / ".dvc/config").open("a") as file:
            file.write(f"    endpointurl = http://127.0.0.1:{served.port}\n    region = us-east-1\n")
        with (root / ".dvc/config.local").open("a") as file:
            file.write("    access_key_id = k\n    secret_access_key = hush\n")
        digest = (root / "data/d.bin.dvc").read_text().split("md5: ")[1].split(".dir")[0]
        place = supply(root, "", f"md5-dvc:{digest}")
        assert b"b" * 100 == (place / "deep/b.bin").read_bytes()
        for name, value in served.variables.items():
            monkeypatch.setenv(name, value)
        assert DATA == supply(other, "s3://bucket/d.bin").read_bytes()
        whole = fetch_subject("s3://bucket/dvc/", tmp_path / "whole", Silent())
        assert {name.removeprefix("dvc/") for name in objects} == {file.path for file in whole.files}
        single = fetch_subject("s3://bucket/d.bin", tmp_path / "single", Silent())
        assert DATA == single.root.read_bytes()
        with pytest.raises(FetchError, match="no files at the address"):
            fetch_subject("s3://bucket/none/", tmp_path / "none", Silent())
        with pytest.raises(FetchError, match="no file at s3://bucket/none"):
            supply(project(tmp_path, "three"), "s3://bucket/none", f"sha256:{'0' * 64}")


def test_without_obstore_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    with pytest.raises(FetchError, match="without obstore") as caught:
        supply(project(tmp_path), "s3://bucket/d.bin")
    assert "repro-action[data]" in caught.value.remedy


def test_a_pointer_of_git_lfs_is_replaced_where_git_lfs_is_installed(tmp_path):
    if shutil.which("git-lfs") is None:
        absent("git-lfs", "git-lfs is not installed")
    run = lambda folder, *command: subprocess.run(  # noqa: E731
        command, cwd=folder, check=True, capture_output=True, env={**os.environ, "GIT_LFS_SKIP_SMUDGE": "1"}
    )
    bare, origin, root = tmp_path / "bare.git", project(tmp_path, "origin"), tmp_path / "clone"
    run(tmp_path, "git", "init", "-q", "--bare", str(bare))
    run(origin, "git", "init", "-q", "-b", "main")
    run(origin, "git", "lfs", "install", "--local")
    run(origin, "git", "lfs", "track", "*.bin")
    (origin / "data").mkdir()
    (origin / "data/d.bin").write_bytes(DATA)
    run(origin, "git", "add", "-A")
    run(origin, "git", "-c", "user.name=t", "-c", "user.email=t@e", "commit", "-qm", "x")
    run(origin, "git", "push", "-q", bare.as_uri(), "main")
    run(tmp_path, "git", "clone", "-q", "-b", "main", bare.as_uri(), str(root))
    assert (root / "data/d.bin").read_bytes().startswith(b"version https://git-lfs")
    assert DATA == supply(root, "", PATH=os.environ["PATH"]).read_bytes()
