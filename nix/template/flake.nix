{
  description = "A model that is rebuilt bit for bit";

  inputs = {
    repro-action.url = "github:org/repro-action/v1";
    # One pin for both, so that the environment is the one that repro-action is tested with.
    nixpkgs.follows = "repro-action/nixpkgs";
  };

  outputs =
    {
      self,
      nixpkgs,
      repro-action,
    }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "aarch64-darwin"
      ];
      each = nixpkgs.lib.genAttrs systems;
      training = each (
        system:
        repro-action.lib.mkTrainingEnv {
          pkgs = nixpkgs.legacyPackages.${system};
          packages = ps: [ ps.numpy ];
        }
      );
      model = each (
        system:
        repro-action.lib.mkTraining {
          pkgs = nixpkgs.legacyPackages.${system};
          inherit (training.${system}) env;
          src = ./.;
        }
      );
    in
    {
      # nix develop -c repro verify
      devShells = each (system: {
        default = training.${system}.shell;
      });
      # nix build && nix build --rebuild
      packages = each (system: {
        default = model.${system};
        inherit (training.${system}) env;
      });
      # nix flake check
      checks = each (system: {
        model = model.${system};
      });
    };
}
