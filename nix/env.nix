# SPDX-License-Identifier: Apache-2.0
# mkTrainingEnv: an interpreter with a project's packages and `repro`, and a shell around it.
{
  pkgs,
  python ? pkgs.python313,
  # From nixpkgs' set: ps: [ ps.numpy ps.scikit-learn ].
  packages ? (_: [ ]),
  # A hash-locked requirements file, for what nixpkgs lacks; its wheels are fetched once, as
  # one fixed-output derivation.
  requirements ? null,
  # Hash of the fetched wheels: a text, or one for each system, since wheels differ.
  requirementsHash ? pkgs.lib.fakeHash,
}:
let
  inherit (pkgs) lib;
  package = import ./package.nix { inherit lib python; };
  wheels = import ./wheels.nix {
    inherit pkgs python requirements;
    hash =
      if builtins.isAttrs requirementsHash then
        requirementsHash.${pkgs.stdenv.hostPlatform.system} or lib.fakeHash
      else
        requirementsHash;
  };
  # `repro` stands in the environment as a module, so that the interpreter it runs in is the
  # one that the steps get; and there is no other Python on PATH to be mistaken for it.
  env = python.withPackages (
    ps: [ (ps.toPythonModule package) ] ++ packages ps ++ lib.optional (requirements != null) wheels
  );
in
{
  inherit env package;
  shell = import ./shell.nix { inherit pkgs env python; };
}
