# SPDX-License-Identifier: Apache-2.0
"""The project's own flake.nix with real Nix, where the stand-in takes the place of nixpkgs."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from nix.standin import ROOT, SYSTEM

SYSTEMS = ["aarch64-darwin", "aarch64-linux", "x86_64-linux"]
LINUX = [name for name in SYSTEMS if name.endswith("-linux")]

# What was found in use elsewhere and checked: another pin needs another check.
PIN = {
    "lastModified": 1786711500,
    "narHash": "sha256-QvnceIGTBeDvDd9oCn+GvdsnkquliuwbVgpiRH68qaQ=",
    "owner": "NixOS",
    "repo": "nixpkgs",
    "rev": "02e08985a27c65ffd33d434eeb2e660a2e4dc84d",
    "type": "github",
}

pytestmark = [pytest.mark.timeout(900), pytest.mark.slow]


def shown(standin, flake):
    """Return what `nix flake show` finds, for all systems."""
    known = standin.nix("flake", "show", "--help").out
    every = ["--all-systems"] if "--all-systems" in known else []  # before 2.13 it is the default
    ended = standin.flake("flake", "show", *every, "--json", flake)
    assert 0 == ended.status, ended.err
    return json.loads(ended.out)


def test_the_flake_has_its_outputs_on_every_system(standin, flake):
    outputs = shown(standin, flake)
    for kind in ("packages", "apps", "devShells", "checks", "formatter"):
        assert SYSTEMS == sorted(outputs[kind]), kind
    for system in SYSTEMS:
        assert {"default", "env"} | ({"image"} if system in LINUX else set()) == set(
            outputs["packages"][system]
        )
        assert {"default"} == set(outputs["devShells"][system])
        assert {"package", "pytest", "ruff", "mypy"} <= set(outputs["checks"][system])
    assert {"default"} == set(outputs["overlays"])
    assert {"default"} == set(outputs["templates"])


def test_the_checks_pass_inside_the_sandbox(standin, flake):
    # All but the rooms of rules, whose tests `make test` has run already with this very interpreter;
    # with that of nixpkgs, the workflow runs `nix flake check` whole.
    names = sorted({*shown(standin, flake)["checks"][SYSTEM]} - {"pytest"})
    assert {"package", "ruff", "mypy", "example-wine", "example-twice"} <= {*names}
    checks = [f"{flake}#checks.{SYSTEM}.{name}" for name in names]
    ended = standin.flake("build", "--no-link", *checks, "--print-build-logs", timeout=880)
    assert 0 == ended.status, ended.err[-6000:]


def test_the_lock_is_the_checked_pin_and_stays_as_it_is(standin, tmp_path):
    for name in ("flake.nix", "flake.lock"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    before = (tmp_path / "flake.lock").read_bytes()
    ended = standin.nix(
        "flake", "metadata", "--offline", "--no-update-lock-file", "--json", f"path:{tmp_path}"
    )
    assert 0 == ended.status, ended.err
    assert PIN == json.loads(ended.out)["locks"]["nodes"]["nixpkgs"]["locked"]
    assert PIN == json.loads(before)["nodes"]["nixpkgs"]["locked"]
    assert before == (tmp_path / "flake.lock").read_bytes()


def test_the_package_is_of_the_version_that_the_module_says(standin, flake):
    said = re.search(r'__version__ = "(.+)"', (ROOT / "repro_action" / "__init__.py").read_text())[1]
    ended = standin.flake("run", flake, "--", "--version")
    assert (0, f"repro {said}\n") == (ended.status, ended.out), ended.err


def test_the_shell_has_one_python_and_the_profile_and_no_pythonpath(standin, flake, tmp_path):
    script = "import json,os,sys;print(json.dumps([sys.executable, sys.prefix, sys.path, dict(os.environ)]))"
    outside = {"PYTHONPATH": "/nowhere", "PYTHONDONTWRITEBYTECODE": ""}
    output = standin.flake("develop", flake, "--command", "python", "-c", script, cwd=tmp_path, **outside)
    assert 0 == output.status, output.err
    executable, prefix, path, variables = json.loads(output.out)
    assert f"{prefix}/bin/python" == executable
    assert "PYTHONPATH" not in variables
    assert "/nowhere" not in path
    profile = json.loads((ROOT / "nix" / "determinism.json").read_text())[SYSTEM]["always"]
    assert profile == {name: variables.get(name) for name in profile}
    assert ("1", "true") == (variables["PYTHONDONTWRITEBYTECODE"], variables["PYTHONNOUSERSITE"])
    pythons = [
        folder
        for folder in variables["PATH"].split(os.pathsep)
        if folder.startswith("/nix/store/") and (standin.outside(folder) / "python").exists()
    ]
    assert [f"{prefix}/bin"] == pythons


def test_the_shell_reproduces_an_example_bit_for_bit(standin, flake, tmp_path):
    shutil.copytree(
        ROOT / "examples" / "wine", tmp_path / "wine", ignore=shutil.ignore_patterns("out", ".repro")
    )
    config = tmp_path / "wine" / "repro.toml"
    text = config.read_text().replace('backend = "venv"\nlock = "requirements.lock"', 'backend = "current"')
    config.write_text(text)
    ended = standin.flake(
        "develop", flake, "--command", "repro", "-C", str(tmp_path / "wine"), "--json", "verify"
    )
    assert 0 == ended.status, ended.out + ended.err
    assert "reproduced" == json.loads(ended.out)["verdict"]


def test_the_shell_reproduces_the_example_as_it_is_committed(standin, flake, tmp_path):
    if "index" not in os.environ.get("REPRO_TEST_REQUIRE", ""):
        pytest.skip("needs a package index; set REPRO_TEST_REQUIRE=index")
    shutil.copytree(
        ROOT / "examples" / "wine", tmp_path / "wine", ignore=shutil.ignore_patterns("out", ".repro")
    )
    # pip's own settings, wherever they are: this Nix has another home.
    more = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    more["XDG_CONFIG_HOME"] = os.environ.get("XDG_CONFIG_HOME", str(Path.home() / ".config"))
    command = ["repro", "-C", str(tmp_path / "wine"), "--json", "verify"]
    ended = standin.flake("develop", flake, "--command", *command, timeout=880, **more)
    assert 0 == ended.status, ended.out + ended.err
    assert "reproduced" == json.loads(ended.out)["verdict"]


def test_an_example_is_trained_twice_to_the_same_bits(standin, flake):
    check = f"{flake}#checks.{SYSTEM}.example-digits"
    first, _ = standin.build(check)
    assert 0 == first.status, first.err[-4000:]
    again, output = standin.build(check, "--rebuild")
    assert 0 == again.status, again.err[-4000:]
    assert {"manifest.json", "products"} == {item.name for item in output.iterdir()}


def test_the_image_is_of_the_epoch_and_holds_the_environment(standin, flake):
    ended, stream = standin.build(f"{flake}#image")
    assert 0 == ended.status, ended.err[-4000:]
    program = f"/{stream.relative_to(standin.store)}"
    # The layers' contents stay in the pipe.
    read = (
        "import json,sys,tarfile;archive=tarfile.open(fileobj=sys.stdin.buffer,mode='r|')\n"
        "print(json.dumps({held.name: json.load(archive.extractfile(held)) for held in archive "
        "if held.name.endswith('.json')}))"
    )
    output = standin.flake(
        "develop", flake, "--command", "bash", "-c", f'{program} | python -c "$READ"', READ=read
    )
    assert 0 == output.status, output.err
    document = json.loads(output.out)
    (manifest,) = document.pop("manifest.json")
    (config,) = document.values()
    assert "1970-01-01T00:00:01Z" == config["created"]
    assert len(manifest["Layers"]) == len(config["rootfs"]["diff_ids"])
    assert re.fullmatch(r"/nix/store/.*-env/bin/repro", config["config"]["Entrypoint"][0])
    assert "OPENBLAS_CORETYPE=Haswell" in config["config"]["Env"] or "x86_64-linux" != SYSTEM


def test_versions_are_reported_for_each_system(standin, flake):
    ended = standin.flake("eval", "--json", f"{flake}#lib.versions")
    assert 0 == ended.status, ended.err
    document = json.loads(ended.out)
    assert SYSTEMS == sorted(document)
    for versions in document.values():
        assert {"python", "numpy", "scikit-learn", "pygithub"} <= set(versions)


def test_the_overlay_adds_the_package(standin, flake):
    expression = (
        f'let pkgs = (builtins.getFlake "path:{standin.nixpkgs}").legacyPackages.{SYSTEM};'
        f" own = (import {flake.removeprefix('path:')}/flake.nix).outputs"
        f" {{ self = {{ }}; nixpkgs = {{ inherit (pkgs) lib; legacyPackages.{SYSTEM} = pkgs; }}; }};"
        " in (own.overlays.default (pkgs // { python313 = pkgs.python313; }) pkgs).repro-action.pname"
    )
    ended = standin.nix("eval", "--impure", "--raw", "--expr", expression)
    assert (0, "repro-action") == (ended.status, ended.out), ended.err
