# A stand-in for nixpkgs, for tests on a machine that cannot fetch it: tests/nix/README.md.
{
  description = "The attributes of nixpkgs that repro-action uses, made of this machine's own programs";
  outputs =
    { self }:
    let
      lib = import ./lib;
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "aarch64-darwin"
      ];
    in
    {
      inherit lib;
      legacyPackages = lib.genAttrs systems (system: import ./packages.nix { inherit lib system; });
    };
}
