# SPDX-License-Identifier: Apache-2.0
# The development shell: one environment on PATH, and the determinism profile set.
{
  pkgs,
  env,
  python,
}:
let
  settings = import ./determinism.nix { inherit pkgs python; };
in
pkgs.mkShellNoCC {
  name = "repro";
  packages = [ env ];
  env = settings // {
    PYTHONDONTWRITEBYTECODE = "1";
    PYTHONNOUSERSITE = "1";
  };
  # nixpkgs' hooks put every input on PYTHONPATH, where it would come before the environment
  # of a step that has another one. `nix develop` leaves TZ as it is outside.
  shellHook = ''
    unset PYTHONPATH
    export TZ=${settings.TZ}
  '';
}
