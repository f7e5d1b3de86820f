# What `nixpkgs.legacyPackages.<system>` holds; tests/nix/attributes.json lists it.
{ lib, system }:
let
  machine = import ./machine.nix;
  # A path that the test session added to the store, with the context that makes it an input.
  held = path: builtins.appendContext path { ${path}.path = true; };
  stdenvs = import ./stdenv.nix {
    inherit lib system;
    tools = held machine.tools;
  };
  inherit (stdenvs) mkDerivation stdenvNoCC;
  isLinux = lib.hasSuffix "-linux" system;
  pkgs = {
    inherit lib stdenvNoCC;
    # No compiler: only the platform and the run-time library that wheels ask for.
    stdenv = {
      inherit (stdenvNoCC) hostPlatform;
      cc.cc.lib = lib.optionalAttrs isLinux (pkgs.runCommand "gcc-lib" { } "mkdir $out");
    };
    inherit (stdenvs) mkShellNoCC runCommand;

    # `nix develop` takes its shell from here.
    bashInteractive = pkgs.runCommand "bash-interactive" { } ''
      mkdir -p $out/bin
      ln -s ${held machine.tools}/bin/bash $out/bin/bash
    '';
    cacert = pkgs.runCommand "nss-cacert" { } ''
      ln -s ${held machine.cacert} $out
    '';
    zlib = pkgs.runCommand "zlib" { } "mkdir $out";
    autoPatchelfHook = pkgs.runCommand "auto-patchelf-hook" { } "mkdir $out";
    # A program that is not on this machine cannot be built, but it can be named.
    nixfmt-tree = pkgs.runCommand "nixfmt-tree" { } ''
      echo "the stand-in for nixpkgs has no nixfmt-tree" >&2
      exit 1
    '';
    ruff = python.pkgs.ruff;
    python313 = python;
    dockerTools = lib.optionalAttrs isLinux {
      streamLayeredImage = import ./image.nix { inherit lib mkDerivation python system; };
    };
  };
  python = import ./python.nix { inherit lib machine held mkDerivation; };
in
pkgs
