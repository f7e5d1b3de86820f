# SPDX-License-Identifier: Apache-2.0
"""DVC's cache and configuration: both layouts, and nothing that is not what its name says."""

from __future__ import annotations

import hashlib
import json

import pytest

from repro_action.data.dvc.cache import ObjectFolder
from repro_action.data.dvc.objects import matches, materialise, object_names, parse_listing
from repro_action.data.dvc.remote import RemoteObjects
from repro_action.data.dvc.settings import Remote, find_settings
from repro_action.digest import Digest
from repro_action.errors import ConfigError, PinError


def put(folder, data: bytes, *, layout: int = 0, end: str = "") -> Digest:
    digest = Digest("md5-dvc" if end else "md5", hashlib.md5(data).hexdigest())
    place = folder / object_names(digest)[layout]
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    return digest


@pytest.mark.parametrize("layout", [0, 1])
def test_a_file_and_a_folder_are_found_in_either_layout(tmp_path, layout):
    cache = tmp_path / "cache"
    one, two = put(cache, b"one", layout=layout), put(cache, b"two", layout=layout)
    listing = json.dumps(
        [{"md5": one.value, "relpath": "a"}, {"md5": two.value, "relpath": "deep/b"}]
    ).encode()
    folder = put(cache, listing, layout=layout, end=".dir")
    source = (ObjectFolder(cache),)
    assert materialise(source, one, tmp_path / "file", legacy=False)
    assert b"one" == (tmp_path / "file").read_bytes()
    assert materialise(source, folder, tmp_path / "made", legacy=False)
    assert matches(tmp_path / "made", folder)
    assert b"two" == (tmp_path / "made/deep/b").read_bytes()
    assert ["made", "file", "cache"] == sorted((path.name for path in tmp_path.iterdir()), reverse=True)


def test_an_object_with_other_bytes_than_its_name_says_is_not_there(tmp_path):
    digest = put(tmp_path / "cache", b"right")
    (tmp_path / "cache" / object_names(digest)[0]).write_bytes(b"wrong")
    assert not materialise((ObjectFolder(tmp_path / "cache"),), digest, tmp_path / "file", legacy=False)
    assert not (tmp_path / "file").exists()


def test_text_of_dvc_2_is_recognised_by_its_own_digest(tmp_path):
    (tmp_path / "text").write_bytes(b"a\r\nb\r\n")
    (tmp_path / "binary").write_bytes(b"a\0\r\n")
    unix = Digest("md5", hashlib.md5(b"a\nb\n").hexdigest())
    assert matches(tmp_path / "text", unix, legacy=True)
    assert not matches(tmp_path / "text", unix)
    assert not matches(tmp_path / "binary", Digest("md5", hashlib.md5(b"a\0\n").hexdigest()), legacy=True)


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../b", ".git/config", "a\0b"])
def test_a_listing_that_leaves_its_folder_is_refused(name):
    data = json.dumps([{"md5": "0" * 32, "relpath": name}]).encode()
    with pytest.raises(PinError, match="listing"):
        parse_listing(data, Digest("md5-dvc", hashlib.md5(data).hexdigest()))


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b'[{"md5": "x", "relpath": "a"}]', b"[" * 100_000])
def test_what_is_no_listing_is_refused(data):
    with pytest.raises(PinError, match="listing"):
        parse_listing(data, Digest("md5-dvc", hashlib.md5(data).hexdigest()))


def test_the_configuration_names_cache_and_remotes_and_shows_no_secret(tmp_path):
    (tmp_path / ".dvc").mkdir()
    (tmp_path / "project").mkdir()
    (tmp_path / ".dvc/config").write_text(
        "[core]\n    remote = 'two'  # the default\n[cache]\n    dir = ../shared\n"
        '[\'remote "one"\']\n    url = ../store\n[remote "two"]\n    url = s3://bucket/dvc\n    endpointurl = http://minio\n'
    )
    (tmp_path / ".dvc/config.local").write_text("['remote \"two\"']\n    secret_access_key = hush\n")
    found = find_settings(tmp_path / "project")
    assert tmp_path / "shared" == found.cache
    assert [("two", "s3://bucket/dvc"), ("one", str(tmp_path / "store"))] == [
        (remote.name, remote.url) for remote in found.remotes
    ]
    assert "hush" == found.remotes[0].options["secret_access_key"]
    assert frozenset({"secret_access_key"}) == found.remotes[0].private
    assert "hush" not in repr(found)


def test_a_configuration_that_is_no_text_is_an_error_and_none_is_none(tmp_path):
    assert None is find_settings(tmp_path)
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc/config").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="UTF-8"):
        find_settings(tmp_path)


@pytest.mark.parametrize(
    ("private", "environ", "sent"),
    [(set(), "", False), (set(), "own", False), (set(), "theirs", True), ({"account_name"}, "", True)],
)
def test_a_token_of_azure_goes_to_no_account_that_a_stranger_names(
    tmp_path, monkeypatch, private, environ, sent
):
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", environ)
    remote = Remote(
        name="r",
        url="azure://theirs@container/x",
        options={"account_name": "theirs", "sas_token": "hush"},
        private=frozenset(private),
    )
    objects = RemoteObjects(remote=remote, cache=tmp_path, parts=tmp_path)
    bucket = objects._file("ab/cd").bucket
    assert ("az", "container") == (bucket.scheme, bucket.name)
    assert sent == ("sas_key" in bucket.options)
    assert sent != ("skip_signature" in bucket.options)
