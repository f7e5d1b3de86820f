# SPDX-License-Identifier: Apache-2.0
# Which versions the pin holds, to be told and never to be asserted: nix eval --json .#lib.versions
{ lib, python }:
let
  named = [
    "joblib"
    "jsonschema"
    "numpy"
    "pygithub"
    "rich"
    "scikit-learn"
    "scipy"
    "threadpoolctl"
  ];
in
{
  python = python.version;
}
// lib.genAttrs named (name: python.pkgs.${name}.version)
