# SPDX-License-Identifier: Apache-2.0
# An OCI image with the training environment, streamed by a program: $(nix build --print-out-paths
# --no-link .#image) | docker load.
# Its bytes follow from its inputs: created at the epoch, files at second 1.
{
  pkgs,
  env,
  package,
}:
let
  settings = import ./determinism.nix {
    inherit pkgs;
    inherit (env) python;
  };
  variables = settings // {
    HOME = "/tmp";
    PATH = "${env}/bin";
    PYTHONDONTWRITEBYTECODE = "1";
    PYTHONNOUSERSITE = "1";
    SSL_CERT_FILE = "${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt";
  };
in
pkgs.dockerTools.streamLayeredImage {
  name = "repro-action";
  tag = package.version;
  contents = [
    env
    pkgs.cacert
  ];
  created = "1970-01-01T00:00:01Z";
  extraCommands = ''
    mkdir -m 1777 tmp
    mkdir project
  '';
  config = {
    Entrypoint = [ "${env}/bin/repro" ];
    Env = pkgs.lib.mapAttrsToList (name: value: "${name}=${value}") variables;
    WorkingDir = "/project";
  };
}
