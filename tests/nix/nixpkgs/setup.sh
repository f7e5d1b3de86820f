# What a shell of stdenv begins with; the part of it that this project's derivations rely on.
export PATH=@tools@/bin
export SOURCE_DATE_EPOCH=315532800
export SHELL=@tools@/bin/bash

# Later inputs stand behind earlier ones.
_path= _modules=
for input in ${nativeBuildInputs-} ${buildInputs-} ${propagatedBuildInputs-}; do
  if [ -d "$input/bin" ]; then _path=$_path$input/bin:; fi
  # Python's own hook puts every input on PYTHONPATH, and fixes hashing.
  for folder in "$input"/lib/python3*/site-packages; do
    if [ -d "$folder" ]; then _modules=${_modules:+$_modules:}$folder; fi
  done
done
export PATH=$_path$PATH
if [ -n "$_modules" ]; then
  export PYTHONPATH=$_modules PYTHONHASHSEED=${PYTHONHASHSEED-0} DETERMINISTIC_BUILD=1 PYTHONNOUSERSITE=1
fi

runHook() { eval "${!1-}"; }

unpackPhase() {
  runHook preUnpack
  # A store path's own name, without its hash.
  local folder=$(basename "$src")
  folder=${folder#*-}
  cp -r --no-preserve=mode,ownership "$src" "$folder"
  chmod -R u+w "$folder"
  cd "$folder"
  runHook postUnpack
}
configurePhase() { :; }
buildPhase() { :; }
installPhase() { :; }
fixupPhase() { :; }

_phase() {
  local skip=$2
  if [ -n "${!skip-}" ]; then return; fi
  if [ -n "${!1-}" ]; then eval "${!1}"; else "$1"; fi
}

genericBuild() {
  set -eu -o pipefail
  if [ -n "${buildCommand-}" ]; then
    eval "$buildCommand"
    return
  fi
  _phase unpackPhase dontUnpack
  _phase configurePhase dontConfigure
  _phase buildPhase dontBuild
  _phase installPhase dontInstall
  _phase fixupPhase dontFixup
}
