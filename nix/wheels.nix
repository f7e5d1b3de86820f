# SPDX-License-Identifier: Apache-2.0
# Wheels of a hash-locked requirements file, as one Python module. pip checks each file against
# the lock, and Nix the whole against `hash`: fetching needs a network and nothing after it does.
{
  pkgs,
  python,
  requirements,
  hash,
}:
let
  inherit (pkgs) lib;
  inherit (pkgs.stdenv.hostPlatform) isLinux;
  pip = "${python.withPackages (ps: [ ps.pip ])}/bin/python -m pip --disable-pip-version-check";

  fetched = pkgs.stdenvNoCC.mkDerivation {
    name = "wheels";
    dontUnpack = true;
    dontFixup = true;
    env.SSL_CERT_FILE = "${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt";
    # A mirror is chosen as for pip anywhere else; the hash decides what may come from it.
    impureEnvVars = lib.fetchers.proxyImpureEnvVars ++ [
      "PIP_INDEX_URL"
      "PIP_EXTRA_INDEX_URL"
    ];
    buildPhase = ''
      export HOME=$NIX_BUILD_TOP
      ${pip} download --no-cache-dir --require-hashes --no-deps \
        --only-binary :all: --requirement ${requirements} --dest wheels
    '';
    installPhase = ''
      mv wheels "$out"
    '';
    outputHashMode = "recursive";
    outputHash = hash;
  };
in
python.pkgs.toPythonModule (
  pkgs.stdenvNoCC.mkDerivation {
    pname = "locked-wheels";
    version = "0";
    src = fetched;
    nativeBuildInputs = lib.optional isLinux pkgs.autoPatchelfHook;
    # What manylinux lets a wheel take for granted.
    buildInputs = lib.optionals isLinux [
      pkgs.stdenv.cc.cc.lib
      pkgs.zlib
    ];
    dontUnpack = true;
    dontConfigure = true;
    dontBuild = true;
    dontStrip = true;
    installPhase = ''
      export HOME=$NIX_BUILD_TOP
      ${pip} install --no-index --no-deps --no-compile --ignore-installed \
        --no-warn-script-location --prefix "$out" ${fetched}/*.whl
    '';
  }
)
