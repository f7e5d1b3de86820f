# SPDX-License-Identifier: Apache-2.0
"""Products of commits, kept by `repro accept` and brought back by `repro fetch`: a folder, and a real server of S3."""

import json
import os
import subprocess

import pytest
from archived import FILES, make_project
from e2e.project import git, repro
from oci_server import registry
from required import absent
from s3_server import bucket_of

from repro_action.archive.archive import Archive
from repro_action.archive.bring_back import bring_back
from repro_action.archive.bucket import BucketStore
from repro_action.archive.oci import OciStore
from repro_action.archive.store import ArchiveError
from repro_action.codec.baseline import fingerprint_id
from repro_action.data.fetch.buckets import Bucket
from repro_action.oci_registry import OciRepository, RegistryError

__all__ = ["registry"]

CONFIG = """\
version = 1
name = "wine"
[environment]
backend = "current"
[sandbox]
files = "any"
network = true
[archive]
url = "../kept"
[[steps]]
name = "train"
run = ["sh", "train.sh"]
inputs = ["train.sh"]
outputs = ["out/model.txt", "out/metrics.json"]
[metrics."out/metrics.json"]
accuracy = { goal = "max" }
"""


def version(root, accuracy, day):
    """Train, accept and commit a version."""
    (root / "train.sh").write_text(
        f"mkdir -p out; echo model {accuracy} >out/model.txt; echo '{{\"accuracy\": {accuracy}}}' >out/metrics.json\n"
    )
    assert repro(root, "verify", "-q", "--no-repeat").status in {1, 3}
    accepted = repro(root, "accept", "--json")
    assert accepted.status == 0, accepted.err
    git(root, "add", "-A")
    when = {"GIT_COMMITTER_DATE": f"{day}T12:00:00Z", "GIT_AUTHOR_DATE": f"{day}T12:00:00Z"}
    named = ["-c", "user.name=T", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *named, "commit", "-qm", day], cwd=root, env={**os.environ, **when}, check=True)
    return accepted.json["archived"]["fingerprint"]


def test_the_products_of_a_commit_are_one_command_away(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    (root / "repro.toml").write_text(CONFIG)
    (root / ".gitignore").write_text("out\n.repro\n")
    git(root, "init", "-q")
    days = ("2026-02-10", "2026-03-05", "2026-03-20", "2026-04-01")
    found = [version(root, accuracy, day) for accuracy, day in zip((0.99, 0.9, 0.7, 0.95), days, strict=True)]

    old = repro(root, "fetch", "wine@HEAD~2", "out/model.txt", "-o", str(tmp_path / "old"))
    assert (old.status, "those of the committed baseline" in old.out) == (0, True), old.err
    assert (tmp_path / "old/out/model.txt").read_text() == "model 0.9\n"

    march = ("--best", "accuracy", "--since", "2026-03-01", "--until", "2026-03-31")
    best = repro(root, "fetch", *march, "-o", str(tmp_path / "best"), "--json").json
    assert (best["fingerprint"], best["checked"]) == (found[1], True)

    listed = repro(root, "fetch", "--list", "--json").json["versions"]
    assert [one["fingerprint"] for one in listed] == found[::-1]
    assert [one["commits"][0]["day"] for one in listed] == list(days[::-1])

    assert repro(root, "fetch", "--remove", found[0][:12]).status == 0
    gone = repro(root, "fetch", "HEAD~3")
    assert (gone.status, "is not in the archive" in gone.err) == (2, True)
    other = repro(root, "fetch", "beer@HEAD")
    assert (other.status, "called wine, not beer" in other.err) == (2, True)
    unknown = repro(root, "fetch", "0" * 40)
    assert (unknown.status, "neither a revision" in unknown.err) == (2, True)

    (tmp_path / "kept/archive.json").write_text('{"name":"beer","version":1}')
    before = (root / "repro.baseline.json").read_bytes()
    refused = repro(root, "accept", "--force")
    assert (refused.status, "another model, 'beer'" in refused.err) == (2, True)
    assert (root / "repro.baseline.json").read_bytes() == before
    assert repro(root, "accept", "--force", "--no-keep").status == 0


@pytest.fixture
def bucket(monkeypatch):
    """Serve a bucket that is empty."""
    try:
        import obstore  # noqa: F401
    except ImportError:
        absent("obstore", "obstore is not installed: run make extras")
    with bucket_of({}) as served:
        for name, value in served.variables.items():
            monkeypatch.setenv(name, value)
        yield served


def test_a_bucket_keeps_what_a_folder_keeps(tmp_path, bucket):
    fingerprint = make_project(tmp_path / "project")
    store = BucketStore(bucket=Bucket(scheme="s3", name="bucket"), prefix="models/wine/")
    archive = Archive(store=store, name="wine")
    with pytest.raises(ArchiveError, match="there is no archive here"):
        archive.versions()
    kept = archive.keep(tmp_path / "project", fingerprint)
    assert (kept.added, kept.present) == (3, 0)
    assert archive.keep(tmp_path / "project", fingerprint).present == 3
    (version,) = archive.versions()
    bring_back(archive, version, tmp_path / "back", accepted=fingerprint)
    assert {name: (tmp_path / "back" / name).read_bytes() for name in FILES} == FILES

    small = next(file for file in version.products["out/c.txt"].files)
    bucket.put(f"models/wine/objects/sha256/{small.sha256[:2]}/{small.sha256}", b"z")
    with pytest.raises(ArchiveError, match="other bytes") as caught:
        bring_back(archive, version, tmp_path / "again", accepted=fingerprint)
    assert "hush" not in f"{caught.value}{caught.value.__cause__}"

    (tmp_path / "project/out/model.bin").write_bytes(b"changed")
    with pytest.raises(ArchiveError, match="is not what the baseline says"):
        archive.keep(tmp_path / "project", fingerprint)
    assert archive.remove(fingerprint_id(fingerprint)) == 3
    assert archive.versions() == ()


def test_bytes_that_change_while_they_are_sent_leave_no_object(tmp_path, bucket):
    store = BucketStore(bucket=Bucket(scheme="s3", name="bucket"))

    def broken():
        yield b"a" * 20_000_000
        raise ArchiveError("it changed")

    with pytest.raises(ArchiveError, match="it changed"):
        store.put("objects/x", broken())
    assert store.size("objects/x") is None
    assert bucket.process.poll() is None


def test_a_bucket_that_is_not_there_is_an_error_without_secrets(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    pytest.importorskip("obstore")
    store = BucketStore(bucket=Bucket(scheme="s3", name="bucket"))
    with pytest.raises(ArchiveError, match="cannot be used") as caught:
        store.size("archive.json")
    assert "hush" not in json.dumps([str(caught.value), repr(store)])


def test_a_registry_keeps_what_a_folder_keeps(tmp_path, registry):
    host, blobs = registry
    fingerprint = make_project(tmp_path / "project")
    archive = Archive(store=OciStore(repository=OciRepository(host=host, name="models/wine")), name="wine")
    with pytest.raises(ArchiveError, match="there is no archive here"):
        archive.versions()
    kept = archive.keep(tmp_path / "project", fingerprint)
    assert (kept.added, kept.present) == (3, 0)
    assert archive.keep(tmp_path / "project", fingerprint).present == 3
    (version,) = archive.versions()
    bring_back(archive, version, tmp_path / "back", accepted=fingerprint)
    assert {name: (tmp_path / "back" / name).read_bytes() for name in FILES} == FILES

    (small,) = version.products["out/c.txt"].files
    (blobs / small.sha256[:2] / small.sha256 / "data").write_bytes(b"z")
    with pytest.raises(ArchiveError, match=r"other bytes|breaks off|status"):
        bring_back(archive, version, tmp_path / "again", accepted=fingerprint)
    assert list((tmp_path / "again").iterdir()) == []

    assert archive.remove(fingerprint_id(fingerprint)) == 3
    assert archive.versions() == ()


@pytest.mark.parametrize("name", ["", "Wine", "a/../b", "a//", "a?b", "wine:v1"])
def test_an_address_that_is_no_repository_is_refused(name):
    with pytest.raises(RegistryError, match="is not an address"):
        OciRepository(host="127.0.0.1:5000", name=name)
