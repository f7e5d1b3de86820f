# SPDX-License-Identifier: Apache-2.0
# The variables of the portable profile for one system, with one thread and the seed 0.
# determinism.json is written by determinism.py from repro_action.determinism, the only source.
{ pkgs, python }:
let
  inherit (pkgs) lib;
  profile = (lib.importJSON ./determinism.json).${pkgs.stdenv.hostPlatform.system};
  version = python.pkgs.numpy.version;
  fits =
    row:
    lib.versionAtLeast version row.atLeast && (row.below == "" || lib.versionOlder version row.below);
in
lib.foldl' (all: row: all // row.variables) profile.always (lib.filter fits profile.numpy)
