# SPDX-License-Identifier: Apache-2.0
"""mkTraining with real Nix: what a training inside a derivation cannot reach, and what is caught."""

import json
import socket
from dataclasses import dataclass
from pathlib import Path

import pytest
from nix.standin import Ended, Standin

from repro_action.codec.baseline import load

pytestmark = [pytest.mark.timeout(600), pytest.mark.slow]

NOT_DETERMINISTIC = 104
# `nix build` gave 1 for every failed build before it took over the statuses of `nix-store`.
FAILED = (1, 100)


@dataclass(frozen=True, kw_only=True)
class User:
    """A repository that `nix flake init` made, with the flake of this one as its input."""

    root: Path
    flake: str
    standin: Standin

    def nix(self, *arguments: str, **options) -> Ended:
        swapped = (
            "--override-input",
            "repro-action",
            self.flake,
            "--override-input",
            "repro-action/nixpkgs",
            f"path:{self.standin.nixpkgs}",
        )
        return self.standin.nix(arguments[0], *swapped, *arguments[1:], cwd=self.root, **options)

    def build(self, *arguments: str) -> tuple[Ended, Path]:
        ended = self.nix("build", f"path:{self.root}", "--no-link", "--json", *arguments)
        if ended.status:
            return ended, Path()
        (built,) = json.loads(ended.out)
        return ended, self.standin.outside(built["outputs"]["out"])

    def insert(self, *lines: str) -> None:
        """Let the training do something before all else."""
        script = self.root / "train.py"
        text = script.read_text()
        start = "def main() -> None:\n"
        assert start in text
        body = "".join(f"    {line}\n" for line in lines)
        script.write_text(text.replace(start, start + body))


@pytest.fixture
def user(standin, flake, tmp_path):
    root = tmp_path / "line"
    root.mkdir()
    made = standin.nix("flake", "init", "--template", flake, cwd=root)
    assert 0 == made.status, made.err
    return User(root=root, flake=flake, standin=standin)


def test_the_template_trains_and_trains_again_to_the_same_bits(user):
    first, output = user.build()
    assert 0 == first.status, first.err
    files = {str(path.relative_to(output)) for path in output.rglob("*") if path.is_file()}
    assert {"manifest.json", "products/out/metrics.json", "products/out/weights.npy"} == files
    again, _ = user.build("--rebuild")
    assert 0 == again.status, again.err


def test_the_manifest_is_a_baseline_without_circumstances(user):
    _, output = user.build()
    (value,) = load((output / "manifest.json").read_text()).platforms.values()
    assert {} == value.circumstances
    assert {"out/weights.npy"} == set(value.products)
    assert {"train.py"} == set(value.materials["code"])
    assert "/nix/store" not in (output / "manifest.json").read_text()


def test_a_derivation_and_the_shell_make_the_same_products(user):
    _, output = user.build()
    config = user.root / "repro.toml"
    config.write_text(
        config.read_text().replace('backend = "nix"\nflake = ".#default"', 'backend = "current"')
    )
    shell = user.nix("develop", f"path:{user.root}", "--command", "repro", "verify", "--quiet")
    assert 3 == shell.status, shell.err  # no baseline yet
    for name in ("metrics.json", "weights.npy"):
        assert (output / "products" / "out" / name).read_bytes() == (user.root / "out" / name).read_bytes()


def test_a_baseline_made_in_the_shell_is_reproduced_by_the_derivation(user):
    config = user.root / "repro.toml"
    config.write_text(
        config.read_text().replace('backend = "nix"\nflake = ".#default"', 'backend = "current"')
    )
    assert 3 == user.nix("develop", f"path:{user.root}", "--command", "repro", "verify", "--quiet").status
    assert 0 == user.nix("develop", f"path:{user.root}", "--command", "repro", "accept").status
    ended, _ = user.build("--print-build-logs")
    assert 0 == ended.status, ended.err
    assert "line: reproduced" in ended.err


def test_a_training_that_no_longer_fits_its_baseline_fails(user):
    config = user.root / "repro.toml"
    config.write_text(
        config.read_text().replace('backend = "nix"\nflake = ".#default"', 'backend = "current"')
    )
    user.nix("develop", f"path:{user.root}", "--command", "repro", "verify", "--quiet")
    user.nix("develop", f"path:{user.root}", "--command", "repro", "accept")
    (user.root / "params.toml").write_text("ridge = 7.0\n")
    ended, _ = user.build("--print-build-logs")
    assert ended.status in FAILED
    assert "params.toml: ridge 0.01 → 7.0" in ended.err


def test_a_file_that_is_not_declared_cannot_be_read(user):
    (user.root / "notes.txt").write_text("3\n")
    user.insert('Path("notes.txt").read_text(encoding="utf-8")')
    ended, _ = user.build("--print-build-logs")
    assert ended.status in FAILED
    assert "No such file or directory: 'notes.txt'" in ended.err


def test_the_network_is_out_of_reach(user):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        socket.create_connection(("127.0.0.1", port)).close()  # outside it can be reached
        user.insert("import socket", f'socket.create_connection(("127.0.0.1", {port}), timeout=5)')
        ended, _ = user.build("--print-build-logs")
    assert ended.status in FAILED
    assert "Connection refused" in ended.err


def test_the_home_is_out_of_reach(user):
    value = user.standin.folder / "home" / "secret"
    value.write_text("s\n")
    user.insert('(Path.home() / "secret").read_text(encoding="utf-8")')
    ended, _ = user.build("--print-build-logs")
    assert ended.status in FAILED
    assert "/homeless-shelter/secret" in ended.err
    user.insert(f'Path("{value}").read_text(encoding="utf-8")')
    named, _ = user.build("--print-build-logs")
    assert named.status in FAILED
    assert f"No such file or directory: '{value}'" in named.err


@pytest.mark.parametrize(
    "reads", ["import time; now = time.time_ns()", "import os; now = os.urandom(8).hex()"]
)
def test_a_training_that_is_not_deterministic_is_found_by_a_rebuild(user, reads):
    user.insert(reads)
    script = user.root / "train.py"
    script.write_text(script.read_text().replace('{"rmse": error}', '{"rmse": error, "at": str(now)}'))
    first, _ = user.build()
    assert 0 == first.status, first.err
    again, _ = user.build("--rebuild", "--keep-failed")
    assert again.status in (1, NOT_DETERMINISTIC)
    assert "may not be deterministic" in again.err
    assert ".check" in again.err
    drv = json.loads(user.nix("show-derivation", f"path:{user.root}").out).popitem()[0]
    checked = user.standin.run("nix-store", "--realise", "--check", drv)
    assert NOT_DETERMINISTIC == checked.status, checked.err


def test_a_model_that_names_the_environment_is_refused(user):
    user.insert("import sys", 'Path("out").mkdir(exist_ok=True)')
    script = user.root / "train.py"
    script.write_text(script.read_text().replace('{"rmse": error}', '{"rmse": error, "by": sys.executable}'))
    ended, _ = user.build()
    assert 0 != ended.status
    assert "not allowed to refer to" in ended.err


def test_another_store_trains_to_the_same_bits(user):
    """What a remote builder is: a store that has the inputs and nothing else of this machine."""
    _, output = user.build()
    path = f"/{output.relative_to(user.standin.store)}"
    drv = json.loads(user.nix("show-derivation", f"path:{user.root}").out).popitem()[0]
    other = str(user.standin.folder / "other")
    copied = user.standin.nix("copy", "--derivation", "--no-check-sigs", "--to", other, drv)
    assert 0 == copied.status, copied.err
    built = user.standin.run("nix-store", "--store", other, "--realise", drv)
    assert (0, path) == (built.status, built.out.strip()), built.err
    hashes = [
        json.loads(user.standin.nix("path-info", *store, "--json", path).out)[0]["narHash"]
        for store in ((), ("--store", other))
    ]
    assert hashes[0] == hashes[1]


def test_an_input_that_is_not_there_is_named_before_anything_is_built(user):
    config = user.root / "repro.toml"
    config.write_text(
        config.read_text().replace('inputs = ["train.py"', 'inputs = ["missing.py", "train.py"')
    )
    ended, _ = user.build()
    assert 1 == ended.status
    assert "missing.py is declared and is not there" in ended.err
