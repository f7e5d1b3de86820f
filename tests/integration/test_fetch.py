# SPDX-License-Identifier: Apache-2.0
"""Data that is not there, fetched from a server, a hub, a bucket and DVC's remotes, and by git-lfs."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from file_server import serving
from integration.command import UNENCLOSED, repro
from required import absent

from repro_action.config.load import parse
from repro_action.config.sources import parse_source
from repro_action.data.dvc.objects import object_names
from repro_action.data.fetch.supply import Supply, remote_file
from repro_action.data.fetch.transfer import fetch_into
from repro_action.data.fetch.web import WebFile
from repro_action.digest import Digest
from repro_action.errors import FetchError
from repro_action.progress import Silent

DATA = bytes(range(256)) * 4096
SHA = hashlib.sha256(DATA).hexdigest()
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def server():
    with serving() as served:
        served.files["/d.bin"] = DATA
        yield served


class Heard(Silent):
    def __init__(self) -> None:
        self.counts: list[tuple[int, int, str]] = []
        self.stages: list[str] = []

    def stage(self, text: str) -> None:
        self.stages.append(text)

    def advance(self, done: int, total: int, unit: str) -> None:
        self.counts.append((done, total, unit))


def supply(root: Path, source: str, digest: str = f"sha256:{SHA}", progress=None, **environ: str) -> Path:
    """Fetch `data/d.bin` of a project; returns its place."""
    lines = f'source = "{source}"\n' if source else ""
    text = f'{UNENCLOSED}\n[[data]]\npath = "data/d.bin"\n{lines}digest = "{digest}"\n[[steps]]\nname = "a"\nrun = ["true"]\n'
    config = parse(text, root / "repro.toml")
    environ = {"REPRO_CACHE_DIR": str(root.parent / "user-cache"), **environ}
    Supply(config=config, environ=environ, progress=progress or Silent()).fetch_missing()
    return root / "data" / "d.bin"


def project(folder: Path, name: str = "one") -> Path:
    (folder / name).mkdir()
    return folder / name


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


MOTO = Path(__file__).resolve().parents[2] / ".venv-tools" / "bin" / "python"
SERVE = """
import sys, time
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
import boto3
client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{server.get_host_and_port()[1]}", region_name="us-east-1",
                      aws_access_key_id="k", aws_secret_access_key="hush")
client.create_bucket(Bucket="bucket")
import json
for name, data in json.load(sys.stdin).items():
    client.put_object(Bucket="bucket", Key=name, Body=bytes.fromhex(data))
print("ready", flush=True)
time.sleep(600)
"""


def test_a_bucket_is_a_source_and_a_remote(tmp_path, monkeypatch):
    try:
        import obstore  # noqa: F401
    except ImportError:
        absent("obstore", "obstore is not installed: run make extras")
    if not MOTO.exists():
        absent("tools", "there is no .venv-tools: run make tools")
    root, other = project(tmp_path), project(tmp_path, "two")
    objects = {f"dvc/{name}": data for name, data in remote_of(root, "s3://bucket/dvc").items()}
    command = [str(MOTO), "-c", SERVE]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            port = process.stdout.readline().strip()
            process.stdin.write(
                json.dumps({name: data.hex() for name, data in {**objects, "d.bin": DATA}.items()})
            )
            process.stdin.close()
            assert "ready" == process.stdout.readline().strip()
            with (root / ".dvc/config").open("a") as file:
                file.write(f"    endpointurl = http://127.0.0.1:{port}\n    region = us-east-1\n")
            with (root / ".dvc/config.local").open("a") as file:
                file.write("    access_key_id = k\n    secret_access_key = hush\n")
            digest = (root / "data/d.bin.dvc").read_text().split("md5: ")[1].split(".dir")[0]
            place = supply(root, "", f"md5-dvc:{digest}")
            assert b"b" * 100 == (place / "deep/b.bin").read_bytes()
            variables = {
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
                "AWS_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": "k",
            }
            for name, value in {**variables, "AWS_SECRET_ACCESS_KEY": "hush"}.items():
                monkeypatch.setenv(name, value)
            assert DATA == supply(other, "s3://bucket/d.bin").read_bytes()
            with pytest.raises(FetchError, match="no file at s3://bucket/none"):
                supply(project(tmp_path, "three"), "s3://bucket/none", f"sha256:{'0' * 64}")
        finally:
            process.kill()


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
