# SPDX-License-Identifier: Apache-2.0
# What `nix flake check` builds, all of it inside the sandbox.
{
  pkgs,
  python,
  package,
  env,
  images,
}:
let
  inherit (pkgs) lib;
  inherit (lib.fileset) fileFilter toSource unions;
  sources = fileFilter (file: !file.hasExt "pyc");

  mkTraining = import ./training.nix;
  # The committed baselines come from the wheels of requirements.lock. nixpkgs builds the same
  # libraries itself, so `changed` (another environment) is a true answer, and `drifted` is not.
  example =
    name: nonce:
    mkTraining {
      inherit pkgs env nonce;
      src = ../examples + "/${name}";
      verdicts = [
        "reproduced"
        "equivalent"
        "changed"
        "no_baseline"
      ];
    };

  tested = python.withPackages (
    ps:
    [ (ps.toPythonModule package) ]
    ++ [
      ps.hypothesis
      ps.joblib
      ps.mypy
      ps.pytest
      ps.pytest-timeout
      ps.safetensors
      ps.scikit-learn
      ps.skops
      ps.types-jsonschema
      ps.types-psutil
      ps.types-pyyaml
    ]
  );

  run =
    name: fileset: tools: script:
    pkgs.runCommand "repro-action-${name}" { nativeBuildInputs = tools; } ''
      cp -r ${
        toSource {
          root = ../.;
          fileset = unions (fileset ++ [ ../pyproject.toml ]);
        }
      } source
      chmod -R u+w source
      cd source
      unset PYTHONPATH
      export HOME=$NIX_BUILD_TOP PYTHONDONTWRITEBYTECODE=1
      ${script}
      touch $out
    '';
in
{
  inherit package;

  # Rooms of pure rules, which ask nothing of the machine: `make test` runs everything.
  pytest = run "pytest" [ ../docs (sources ../repro_action) (sources ../tests) ] [ tested ] ''
    python -m pytest -q -p no:cacheprovider -m "not slow" \
      tests/unit/readers tests/unit/compare tests/unit/config
  '';

  # What every version of ruff calls an error; style and layout depend on its version, and are
  # held to the one of requirements/dev.txt by `make check`.
  ruff = run "ruff" [ (sources ../repro_action) (sources ../nix) ] [ pkgs.ruff ] ''
    ruff check --no-cache --isolated --select E9,F --target-version py311 repro_action nix
  '';

  mypy = run "mypy" [ (sources ../repro_action) ] [ tested ] ''
    python -m mypy --cache-dir=/dev/null --no-warn-unused-ignores
  '';

  example-digits = example "digits" "";
  example-wine = example "wine" "";

  # Two trainings that know nothing of each other; `nix build --rebuild` proves the same of one.
  example-twice = pkgs.runCommand "repro-action-example-twice" { } ''
    diff --recursive ${example "digits" "once"} ${example "digits" "twice"}
    touch $out
  '';
}
// lib.mapAttrs' (
  name: image:
  lib.nameValuePair "${name}-twice" (
    pkgs.runCommand "repro-action-${name}-twice" { } ''
      ${image} | sha256sum > once
      ${image} | sha256sum > twice
      diff once twice
      touch $out
    ''
  )
) images
