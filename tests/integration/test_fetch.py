# SPDX-License-Identifier: Apache-2.0
"""Data that is not there, fetched from a server and a hub."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import pytest
from file_server import serving
from integration.command import UNENCLOSED, repro
from integration.fetching import COMMIT, DATA, SHA, Heard, project, server, supply

from repro_action.config.sources import parse_source
from repro_action.data.fetch.supply import remote_file
from repro_action.data.fetch.transfer import fetch_into
from repro_action.data.fetch.web import WebFile
from repro_action.errors import FetchError
from repro_action.progress import Silent

__all__ = ["server"]


def test_a_file_is_fetched_once_for_all_projects_and_progress_is_told(server, tmp_path):
    heard = Heard()
    assert DATA == supply(project(tmp_path), f"{server.address}/d.bin", progress=heard).read_bytes()
    assert (len(DATA), len(DATA), "bytes") == heard.counts[-1]
    assert any("1.0 MiB" in stage for stage in heard.stages)
    assert DATA == supply(project(tmp_path, "two"), f"{server.address}/d.bin").read_bytes()
    assert 1 == len(server.asked)
    assert [] == list((tmp_path / "user-cache").rglob("*.part")) + list(
        (tmp_path / "user-cache").rglob("*.lock")
    )


def test_a_damaged_copy_in_the_cache_is_fetched_again(server, tmp_path):
    supply(project(tmp_path), f"{server.address}/d.bin")
    (kept,) = [path for path in (tmp_path / "user-cache").rglob("*") if path.is_file()]
    kept.chmod(0o644)
    kept.write_bytes(b"damaged")
    assert DATA == supply(project(tmp_path, "two"), f"{server.address}/d.bin").read_bytes()
    assert 2 == len(server.asked)


@pytest.mark.parametrize("ranges", [True, False])
def test_what_was_cut_off_goes_on_where_the_server_can(server, tmp_path, ranges):
    server.ranges = ranges
    server.cut["/d.bin"] = 300_000
    root = project(tmp_path)
    with pytest.raises(FetchError, match=r"cut off|cannot be fetched") as caught:
        supply(root, f"{server.address}/d.bin")
    assert "Run again" in caught.value.remedy or "run again" in caught.value.remedy
    assert not (root / "data").exists()
    assert DATA == supply(root, f"{server.address}/d.bin").read_bytes()
    assert "bytes=300000-" == server.asked[1][1]


def test_a_part_of_another_version_is_not_gone_on_with(server, tmp_path):
    server.files["/d.bin"] = bytes(len(DATA))
    server.cut["/d.bin"] = 300_000
    root = project(tmp_path)
    with pytest.raises(FetchError):
        supply(root, f"{server.address}/d.bin")
    server.files["/d.bin"] = DATA
    assert DATA == supply(root, f"{server.address}/d.bin").read_bytes()


def test_other_bytes_than_promised_are_an_error_and_nothing_is_kept(server, tmp_path):
    server.files["/d.bin"] = DATA[:-1] + b"x"
    root = project(tmp_path)
    with pytest.raises(FetchError, match="not the data that is promised") as caught:
        supply(root, f"{server.address}/d.bin")
    assert SHA in caught.value.why
    assert not (root / "data").exists()
    assert [] == [
        path for path in (tmp_path / "user-cache").rglob("*") if path.stat().st_size > 0 and path.is_file()
    ]


def test_more_than_the_disk_holds_is_refused_before_a_byte_is_written(server, tmp_path, monkeypatch):
    server.claim["/d.bin"] = 10 << 40
    with pytest.raises(FetchError, match=r"needs 10\.0 TiB, and the disk of the cache has .* free"):
        supply(project(tmp_path), f"{server.address}/d.bin")


def test_a_server_that_hangs_is_given_up_and_one_that_refuses_is_named(server, tmp_path):
    server.hang.add("/slow")
    slow = WebFile(name="the file", address=f"{server.address}/slow?key=hush", silence=0.2)
    with pytest.raises(FetchError, match="does not answer") as caught:
        fetch_into(slow, tmp_path / "part", Silent())
    assert "hush" not in str(caught.value)
    for status, what in ((403, "refuses"), (500, "status 500"), (404, "no file at")):
        server.status["/d.bin"] = status
        with pytest.raises(FetchError, match=what):
            supply(project(tmp_path, str(status)), f"{server.address}/d.bin?signature=hush")


def test_nobody_is_listening(tmp_path):
    with pytest.raises(FetchError, match="cannot be fetched") as caught:
        supply(project(tmp_path), "http://127.0.0.1:9/d.bin?signature=hush")
    assert "hush" not in str(caught.value)


def test_the_hub_is_asked_with_a_token_that_no_other_host_receives(server, tmp_path):
    with serving() as store:
        store.files["/blob"] = DATA
        server.elsewhere[f"/org/name/resolve/{COMMIT}/d.bin"] = f"{store.address}/blob"
        source = f"hf://org/name@{COMMIT}/d.bin"
        found = supply(project(tmp_path), source, HF_ENDPOINT=server.address, HF_TOKEN="hush")
        assert DATA == found.read_bytes()
        assert "Bearer hush" == server.asked[0][2]
        assert "" == store.asked[0][2]


def test_an_address_without_encryption_is_not_followed(server):
    file = remote_file(parse_source("https://localhost/x"), {})
    with pytest.raises(FetchError, match="not encrypted"):
        file._require_safe("https://a/x", "http://b/x")


def test_verify_fetches_and_pin_fills_in_a_digest(server, tmp_path):
    (tmp_path / "train.py").write_text(
        "open('size.txt', 'w').write(str(len(open('data/d.bin', 'rb').read())))\n"
    )
    step = '[[steps]]\nname = "train"\nrun = ["python", "train.py"]\ninputs = ["train.py", "data/d.bin"]\noutputs = ["size.txt"]\n'
    entry = f'[[data]]\npath = "data/d.bin"\nsource = "{server.address}/d.bin"\n'
    (tmp_path / "repro.toml").write_text(UNENCLOSED + entry + step)
    cache = {"REPRO_CACHE_DIR": str(tmp_path / "user-cache")}
    failed = repro(tmp_path, "verify", "-q", "--json", **cache)
    assert "`repro pin` fills it in." == json.loads(failed.stdout)["error"]["cure"]
    assert 0 == repro(tmp_path, "pin", **cache).returncode
    assert f'source = "{server.address}/d.bin"\ndigest = "blake3:' in (tmp_path / "repro.toml").read_text()
    (tmp_path / "data" / "d.bin").unlink()
    done = repro(tmp_path, "verify", "--no-repeat", **cache)
    assert 3 == done.returncode, done.stdout + done.stderr
    assert str(len(DATA)) == (tmp_path / "size.txt").read_text()
    assert 1 == len(server.asked)


def test_a_verification_of_data_that_is_there_loads_nothing_that_fetches(tmp_path):
    (tmp_path / "d.csv").write_text("x\n1\n")
    digest = hashlib.sha256(b"x\n1\n").hexdigest()
    data = f'[[data]]\npath = "d.csv"\nsource = "https://h/x"\ndigest = "sha256:{digest}"\n'
    step = '[[steps]]\nname = "a"\nrun = ["cp", "d.csv", "o.csv"]\ninputs = ["d.csv"]\noutputs = ["o.csv"]\n'
    (tmp_path / "repro.toml").write_text(UNENCLOSED + data + step)
    code = (
        "import sys\nfrom repro_action.cli import main\nsys.argv = ['repro', 'verify', '-q', '--no-repeat']\n"
        "try: main()\nexcept SystemExit: pass\n"
        "names = ('obstore', 'requests', 'yaml', 'repro_action.data.fetch', 'repro_action.data.dvc.lock')\n"
        "print([name for name in names if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "[]" == done.stdout.splitlines()[-1], done.stderr
