# dockerTools.streamLayeredImage: a program that writes an image to standard output.
{
  lib,
  mkDerivation,
  python,
  system,
}:
{
  name,
  tag ? null,
  contents ? [ ],
  config ? { },
  created ? "1970-01-01T00:00:01Z",
  mtime ? "1970-01-01T00:00:01Z",
  maxLayers ? 100,
  extraCommands ? "",
}:
assert lib.assertMsg (
  created == "1970-01-01T00:00:01Z" && mtime == created
) "the stand-in's images are made at second 1";
let
  # Whatever the configuration names is found in this text, and so belongs to the image.
  settings = mkDerivation {
    name = "${name}-settings";
    settings = builtins.toJSON {
      inherit config created maxLayers;
      tag = "${name}:${tag}";
      architecture = if lib.hasPrefix "aarch64" system then "arm64" else "amd64";
      contents = map toString contents;
    };
    passAsFile = [ "settings" ];
    buildCommand = ''
      cp "$settingsPath" "$out"
    '';
  };
  parts = mkDerivation {
    name = "${name}-parts";
    exportReferencesGraph = [
      "graph"
      settings
    ];
    buildCommand = ''
      mkdir -p "$out" extra
      cp graph "$out"
      (
        cd extra
        ${extraCommands}
      )
      ${python.interpreter} -S ${./image.py} pack extra > "$out/extra.tar"
    '';
  };
in
mkDerivation {
  name = "stream-${name}";
  buildCommand = ''
    echo "#!$SHELL" > "$out"
    echo exec ${python.interpreter} -S ${./image.py} stream ${settings} ${parts} >> "$out"
    chmod +x "$out"
  '';
  meta.mainProgram = name;
  passthru.imageName = name;
}
