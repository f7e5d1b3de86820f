# SPDX-License-Identifier: Apache-2.0
# The command line. Its version stands in repro_action/__init__.py and its dependencies in
# pyproject.toml; neither is repeated here.
{ lib, python }:
let
  project = (builtins.fromTOML (builtins.readFile ../pyproject.toml)).project;

  firstMatch =
    pattern: texts:
    let
      found = lib.findFirst (text: builtins.match pattern text != null) null texts;
    in
    if found == null then
      throw "nix/package.nix: no line matches ${pattern}"
    else
      builtins.head (builtins.match pattern found);

  version = firstMatch "__version__ = \"([^\"]+)\"" (
    lib.splitString "\n" (builtins.readFile ../repro_action/__init__.py)
  );

  # `numpy>=2.0` → python.pkgs.numpy; the names of nixpkgs are the normalized ones.
  packageOf = requirement: python.pkgs.${firstMatch "([a-z0-9-]+).*" [ requirement ]};
in
python.pkgs.buildPythonApplication {
  pname = "repro-action";
  inherit version;
  pyproject = true;

  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.unions [
      ../LICENSE
      ../README.md
      ../pyproject.toml
      # A flake outside git sees byte code too.
      (lib.fileset.fileFilter (file: !file.hasExt "pyc") ../repro_action)
    ];
  };

  build-system = [ python.pkgs.hatchling ];
  dependencies = map packageOf project.dependencies;

  # Tests are checks of their own (nix/checks.nix), so that a failing one does not keep
  # anybody from having the tool.
  doCheck = false;
  pythonImportsCheck = [ "repro_action.cli" ];

  meta = {
    inherit (project) description;
    license = lib.licenses.asl20;
    mainProgram = "repro";
  };
}
