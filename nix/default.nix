# SPDX-License-Identifier: Apache-2.0
# Everything that this project itself makes for one system.
{ pkgs }:
let
  inherit (pkgs) lib;
  python = pkgs.python313;

  mkTrainingEnv = import ./env.nix;
  package = import ./package.nix { inherit lib python; };

  # What the examples import, and what a user of the Python API is likely to.
  inherit
    (mkTrainingEnv {
      inherit pkgs python;
      packages = ps: [
        ps.joblib
        ps.jsonschema
        ps.numpy
        ps.pygithub
        ps.rich
        ps.scikit-learn
        ps.threadpoolctl
      ];
    })
    env
    shell
    ;

  # A Linux image needs Linux to be built.
  images = lib.optionalAttrs pkgs.stdenv.hostPlatform.isLinux {
    image = import ./image.nix { inherit pkgs env package; };
  };
in
{
  inherit shell;
  packages = {
    default = package;
    inherit env;
  }
  // images;
  apps.default = {
    type = "app";
    program = "${package}/bin/repro";
    meta = { inherit (package.meta) description; };
  };
  checks = import ./checks.nix {
    inherit pkgs python package env images;
  };
  versions = import ./versions.nix { inherit lib python; };
}
