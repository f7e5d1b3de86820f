# SPDX-License-Identifier: Apache-2.0
# mkTraining: a repro.toml pipeline as a derivation. It sees no network, no home and none but the
# declared files, and its output is what the steps wrote and the manifest of it:
#   products/…      every declared output
#   manifest.json   the fingerprint, in the format of repro.baseline.json, without circumstances
# `nix build`, then `nix build --rebuild`, proves that training is deterministic.
{
  pkgs,
  # With `repro` in it: mkTrainingEnv's.
  env,
  # A path, ./. in a flake: so that only declared files are taken from it.
  src,
  config ? "repro.toml",
  # Verdicts against the committed baseline, if there is one, with which the build succeeds.
  # `repro` runs once more before it says drifted; that costs a second training.
  verdicts ? [
    "reproduced"
    "equivalent"
    "no_baseline"
  ],
  # Read by nobody: another text is another derivation, and so another training.
  nonce ? "",
  # Such as [ "big-parallel" ]: which builders may take it.
  requiredSystemFeatures ? [ ],
}:
let
  inherit (pkgs) lib;
  known = [
    "reproduced"
    "equivalent"
    "changed"
    "drifted"
    "no_baseline"
  ];
  unknown = lib.subtractLists known verdicts;
  pipeline = import ./pipeline.nix { inherit lib src config; };
in
assert lib.assertMsg (builtins.isPath src)
  "mkTraining: src must be a path, such as ./., and not a text or a derivation";
assert lib.assertMsg (
  unknown == [ ]
) "mkTraining: verdicts knows ${toString known}, not ${toString unknown}";
pkgs.stdenvNoCC.mkDerivation {
  name = lib.strings.sanitizeDerivationName "${pipeline.name}-training";
  src = lib.fileset.toSource {
    root = src;
    inherit (pipeline) fileset;
  };
  nativeBuildInputs = [ env ];
  inherit nonce requiredSystemFeatures;

  # A result from elsewhere would look like a training that took place here.
  allowSubstitutes = false;
  # A model that names a store path carries a piece of its environment with it.
  allowedReferences = [ ];

  dontConfigure = true;
  # stdenv would strip and rewrite what the steps wrote.
  dontFixup = true;
  buildPhase = ''
    runHook preBuild
    unset PYTHONPATH
    export REPRO_CACHE_DIR=$NIX_BUILD_TOP/cache
    # -P: what lies beside the script is no module.
    python -P ${./train.py} ${
      lib.escapeShellArgs (
        [
          "--config"
          config
          "--into"
        ]
      )
    } "$NIX_BUILD_TOP/result" ${lib.escapeShellArgs verdicts}
    runHook postBuild
  '';
  installPhase = ''
    runHook preInstall
    mv "$NIX_BUILD_TOP/result" "$out"
    runHook postInstall
  '';
  passthru = { inherit pipeline; };
}
