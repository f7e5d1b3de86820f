# mkDerivation, runCommand and mkShellNoCC around setup.sh.
{
  lib,
  system,
  tools,
}:
let
  platform = {
    inherit system;
    isLinux = lib.hasSuffix "-linux" system;
    isDarwin = lib.hasSuffix "-darwin" system;
  };

  setup = builtins.toFile "setup" (
    builtins.replaceStrings [ "@tools@" ] [ "${tools}" ] (builtins.readFile ./setup.sh)
  );
  stdenv = derivation {
    name = "stdenv";
    inherit system;
    builder = "${tools}/bin/bash";
    # NOTE: the shell must outlive its commands, or Nix takes the end of output for the end.
    args = [
      "-c"
      "${tools}/bin/mkdir $out && ${tools}/bin/cp ${setup} $out/setup || exit 1; exit 0"
    ];
  };
  builder = builtins.toFile "default-builder.sh" ''
    source $stdenv/setup
    genericBuild
    exit 0
  '';

  mkDerivation =
    given:
    if builtins.isFunction given then
      throw "the stand-in's mkDerivation takes no function"
    else
      let
        env = given.env or { };
        plain = removeAttrs given [
          "env"
          "meta"
          "passthru"
        ];
        clash = lib.attrNames (builtins.intersectAttrs env plain);
        wrong = lib.filter (name: !(builtins.isString env.${name} || builtins.isBool env.${name} || builtins.isInt env.${name} || env.${name} ? outPath)) (lib.attrNames env);
        name = given.name or "${given.pname}-${given.version}";
        drv = derivation (
          {
            __ignoreNulls = true;
            builder = "${tools}/bin/bash";
            args = [
              "-e"
              builder
            ];
          }
          // plain
          // env
          // {
            inherit name stdenv system;
            outputs = [ "out" ];
          }
        );
      in
      if clash != [ ] then
        throw "The `env` attribute set cannot contain any attributes passed to derivation: ${toString clash}"
      else if wrong != [ ] then
        throw "The `env` attribute set can only contain derivation, string, boolean or integer attributes: ${toString wrong}"
      else
        extend drv ((given.passthru or { }) // { meta = { inherit name; } // (given.meta or { }); } // versions given);

  versions = given: lib.optionalAttrs (given ? version) { inherit (given) version pname; };

  # Attributes beside those of the derivation.
  extend =
    drv: more:
    drv
    // more
    // {
      out = drv.out // more;
      overrideAttrs = _: throw "the stand-in's derivations cannot be overridden";
    };

  stdenvNoCC = {
    inherit mkDerivation;
    hostPlatform = platform;
  };
in
{
  inherit mkDerivation stdenvNoCC;

  runCommand =
    name: env: buildCommand:
    mkDerivation ({ inherit name buildCommand; } // env);

  mkShellNoCC =
    {
      name ? "nix-shell",
      packages ? [ ],
      inputsFrom ? [ ],
      buildInputs ? [ ],
      nativeBuildInputs ? [ ],
      ...
    }@given:
    if inputsFrom != [ ] then
      throw "the stand-in's mkShellNoCC knows no inputsFrom"
    else
      mkDerivation (
        removeAttrs given [
          "packages"
          "inputsFrom"
        ]
        // {
          inherit name;
          nativeBuildInputs = packages ++ nativeBuildInputs;
          buildCommand = ''
            export -p > "$out"
          '';
          preferLocalBuild = true;
        }
      );
}
