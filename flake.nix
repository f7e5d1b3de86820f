# SPDX-License-Identifier: Apache-2.0
# Only wiring: the work stands in nix/, one file a thing.
{
  description = "Prove that a machine-learning model can be rebuilt bit for bit, and name the cause when it cannot";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "aarch64-darwin"
      ];
      each = lib.genAttrs systems;
      own = each (system: import ./nix { pkgs = nixpkgs.legacyPackages.${system}; });
    in
    {
      packages = each (system: own.${system}.packages);
      apps = each (system: own.${system}.apps);
      devShells = each (system: { default = own.${system}.shell; });
      checks = each (system: own.${system}.checks);
      formatter = each (system: nixpkgs.legacyPackages.${system}.nixfmt-tree);

      overlays.default = final: prev: {
        repro-action = import ./nix/package.nix {
          inherit (final) lib;
          python = final.python313;
        };
      };

      templates.default = {
        path = ./nix/template;
        description = "A training whose model is rebuilt bit for bit, on a laptop, in CI and in Nix' sandbox";
      };

      lib = {
        mkTrainingEnv = import ./nix/env.nix;
        mkTraining = import ./nix/training.nix;
        versions = each (system: own.${system}.versions);
      };
    };
}
