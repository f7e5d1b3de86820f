# SPDX-License-Identifier: Apache-2.0
"""The stand-in for nixpkgs offers nothing that nixpkgs lacks, and is as strict where it matters."""

import json

import pytest
from nix.standin import HERE, SYSTEM

TABLE = json.loads((HERE / "attributes.json").read_text())


def evaluated(standin, expression):
    return standin.nix(
        "eval",
        "--impure",
        "--json",
        "--expr",
        f'let flake = builtins.getFlake "path:{standin.nixpkgs}"; pkgs = flake.legacyPackages.{SYSTEM};'
        f" inherit (flake) lib; in {expression}",
    )


@pytest.mark.parametrize(
    ("kind", "expression"),
    [
        ("packages", "pkgs"),
        ("python", "pkgs.python313.pkgs"),
        ("lib", "lib"),
        ("lib.fileset", "lib.fileset"),
        ("dockerTools", "pkgs.dockerTools"),
    ],
)
def test_it_offers_what_nixpkgs_has_and_no_more(standin, kind, expression):
    ended = evaluated(standin, f"builtins.attrNames ({expression})")
    assert 0 == ended.status, ended.err
    assert sorted(TABLE[kind]) == json.loads(ended.out)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ('pkgs.dockerTools.streamLayeredImage { name = "n"; layers = 3; }', "unexpected argument 'layers'"),
        ("lib.fileset.toSource { root = ./.; fileset = ./.; name = 1; }", "unexpected argument 'name'"),
        ('lib.fileset.toSource { root = "/etc"; fileset = /etc; }', "is not a path"),
        ('lib.fileset.unions [ "/etc" ]', None),
        ("lib.fileset.toSource { root = /etc; fileset = /nowhere; }", "does not exist"),
        ("lib.fileset.toSource { root = /etc/apt; fileset = /etc/hosts; }", "not under the `root`"),
        ('pkgs.stdenvNoCC.mkDerivation { name = "n"; A = 1; env.A = "1"; }', "cannot contain any attributes"),
        ('pkgs.stdenvNoCC.mkDerivation { name = "n"; env.A = [ "1" ]; }', "can only contain derivation"),
        ("pkgs.python313.pkgs.tensorflow", "attribute 'tensorflow' missing"),
        ("pkgs.writeText", "attribute 'writeText' missing"),
        ("pkgs.python313.pkgs.buildPythonApplication { }", "without required argument"),
    ],
)
def test_it_refuses_what_nixpkgs_refuses(standin, expression, said):
    deep = f"(let held = {expression}; in held.outPath or (builtins.toJSON held.files or [ ]))"
    ended = evaluated(standin, deep)
    assert 1 == ended.status, ended.out
    assert (said or "should be a file set or a path") in ended.err


def test_what_is_no_module_is_left_out_of_an_environment(standin):
    packages = '(ps: [ (ps.buildPythonApplication { pname = "p"; version = "1"; src = ./.; pyproject = true;'
    packages += " build-system = [ ]; doCheck = false; }) ])"
    with_it = evaluated(standin, f"(pkgs.python313.withPackages {packages}).outPath")
    without = evaluated(standin, "(pkgs.python313.withPackages (ps: [ ])).outPath")
    assert (0, without.out) == (with_it.status, with_it.out), with_it.err
