# SPDX-License-Identifier: Apache-2.0
"""mkTrainingEnv with hash-locked wheels: an index on this machine, a fixed-output derivation of it."""

import base64
import hashlib
import re
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from nix.standin import SYSTEM

pytestmark = [pytest.mark.timeout(600), pytest.mark.slow]

WRONG_HASH = 102


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Say nothing on the terminal."""


def wheel(folder):
    """Write a wheel of one module; return its SHA-256."""
    name = "tiny_wheel-1.2.3-py3-none-any.whl"
    files = {
        "tiny_wheel.py": b"ANSWER = 42\n",
        "tiny_wheel-1.2.3.dist-info/METADATA": b"Metadata-Version: 2.1\nName: tiny-wheel\nVersion: 1.2.3\n",
        "tiny_wheel-1.2.3.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip('=')},{len(data)}\n"
        for path, data in files.items()
    )
    files["tiny_wheel-1.2.3.dist-info/RECORD"] = f"{record}tiny_wheel-1.2.3.dist-info/RECORD,,\n".encode()
    place = folder / "simple" / "tiny-wheel"
    place.mkdir(parents=True)
    with zipfile.ZipFile(place / name, "w") as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path), data)
    (place / "index.html").write_text(f'<a href="{name}">{name}</a>')
    return hashlib.sha256((place / name).read_bytes()).hexdigest()


@pytest.fixture
def index(tmp_path):
    """Serve a package index; yield its address and the digest of its one wheel."""
    digest = wheel(tmp_path / "index")
    handler = partial(Quiet, directory=str(tmp_path / "index"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/simple", digest
        server.shutdown()


def write(folder, flake, *, digest, hashed):
    """Write a user's flake with a locked requirement."""
    (folder / "requirements.lock").write_text(f"tiny-wheel==1.2.3 \\\n    --hash=sha256:{digest}\n")
    (folder / "flake.nix").write_text(
        f"""{{
  inputs.repro-action.url = "{flake}";
  inputs.nixpkgs.follows = "repro-action/nixpkgs";
  outputs = {{ self, nixpkgs, repro-action }}: {{
    packages.{SYSTEM}.default = (repro-action.lib.mkTrainingEnv {{
      pkgs = nixpkgs.legacyPackages.{SYSTEM};
      requirements = ./requirements.lock;
      {hashed}
    }}).env;
  }};
}}
"""
    )


def run(standin, folder, url, script):
    swapped = ("--override-input", "repro-action/nixpkgs", f"path:{standin.nixpkgs}")
    command = ("--command", "python", "-c", script)
    return standin.nix("shell", *swapped, f"path:{folder}", *command, PIP_INDEX_URL=url)


def test_a_locked_wheel_becomes_a_module_of_the_environment(standin, flake, index, tmp_path):
    url, digest = index
    project = tmp_path / "project"
    project.mkdir()
    write(project, flake, digest=digest, hashed="")
    first = run(standin, project, url, "")
    # As for anything that Nix fetches: it says the hash that it got, and a person writes it down.
    assert first.status in (1, WRONG_HASH)
    got = re.search(r"got: +(sha256-\S+)", first.err)[1]
    write(project, flake, digest=digest, hashed=f'requirementsHash.{SYSTEM} = "{got}";')
    result = run(standin, project, url, "import tiny_wheel, repro_action; print(tiny_wheel.ANSWER)")
    assert (0, "42\n") == (result.status, result.out), result.err


def test_a_wheel_that_is_not_the_locked_one_is_refused(standin, flake, index, tmp_path):
    url, _ = index
    project = tmp_path / "project"
    project.mkdir()
    write(project, flake, digest="0" * 64, hashed="")
    ended = run(standin, project, url, "")
    assert 0 != ended.status
    assert "DO NOT MATCH THE HASHES" in ended.err
