# SPDX-License-Identifier: Apache-2.0
# What a repro.toml says of its pipeline, and the files that it declares: these and no others
# become the source of the training's derivation.
{
  lib,
  src,
  config,
}:
let
  toml = builtins.fromTOML (builtins.readFile (src + "/${config}"));
  settings = if baseNameOf config == "pyproject.toml" then toml.tool.repro else toml;
  steps = settings.steps or [ ];

  clean = path: lib.concatStringsSep "/" (parts path);
  parts =
    path:
    let
      held = lib.filter (part: part != "" && part != ".") (lib.splitString "/" path);
    in
    if lib.hasPrefix "/" path || lib.elem ".." held || held == [ ] then
      throw "${config}: ${path} does not lie inside the project"
    else
      held;

  outputs = map clean (lib.concatMap (step: step.outputs or [ ]) steps);
  within = folder: path: path == folder || lib.hasPrefix "${folder}/" path;
  made = path: lib.any (output: within output path) outputs;

  # Globs are those of `[[steps]]`: matched folder by folder, `**` for any number of folders, no
  # wildcard for a leading dot; a folder that matches stands for everything below it.
  isGlob = text: builtins.match ".*[*?[].*" text != null;
  regexOf =
    part:
    lib.concatStrings (
      map (
        piece:
        if builtins.isString piece then
          lib.escapeRegex piece
        else
          let
            token = lib.head piece;
            set = builtins.match "[[]!(.*)" token;
          in
          if token == "*" then
            ".*"
          else if token == "?" then
            "."
          else if set != null then
            "[^${lib.head set}"
          else
            token
      ) (builtins.split "([*]|[?]|[[][^]]+])" part)
    );
  named =
    part: name:
    (lib.hasPrefix "." part || !lib.hasPrefix "." name) && builtins.match (regexOf part) name != null;
  # Whether the names, of which some were read already or not, lead to a match or into one.
  covers =
    pattern: names: read:
    if pattern == [ ] then
      read
    else if lib.head pattern == "**" then
      covers (lib.tail pattern) names read
      || (names != [ ] && !lib.hasPrefix "." (lib.head names) && covers pattern (lib.tail names) true)
    else
      names != [ ]
      && named (lib.head pattern) (lib.head names)
      && covers (lib.tail pattern) (lib.tail names) true;

  # Never inputs, whatever a pattern says: byte code changes as soon as something is imported.
  skipped = [
    ".git"
    ".repro"
    "__pycache__"
  ];
  # Files below a folder, as paths relative to the project.
  below =
    folder:
    let
      at = name: if folder == "" then name else "${folder}/${name}";
      entries = builtins.readDir (if folder == "" then src else src + "/${folder}");
    in
    if entries ? "pyvenv.cfg" then
      [ ]
    else
      lib.concatMap (
        name:
        if entries.${name} != "directory" then
          [ (at name) ]
        else if lib.elem name skipped then
          [ ]
        else
          below (at name)
      ) (lib.attrNames entries);

  # The folders before a pattern's first wildcard.
  literal =
    pattern:
    if pattern == [ ] || isGlob (lib.head pattern) then
      [ ]
    else
      [ (lib.head pattern) ] ++ literal (lib.tail pattern);
  isFolder =
    path:
    let
      place = src + "/${path}";
    in
    builtins.pathExists place
    && (builtins.readDir (dirOf place)).${baseNameOf place} or "" == "directory";
  expand =
    text:
    let
      pattern = parts text;
      path = clean text;
      known = lib.length (literal pattern);
      start = lib.concatStringsSep "/" (literal pattern);
    in
    if isGlob text then
      lib.optionals (start == "" || isFolder start) (
        lib.filter (
          held: covers (lib.drop known pattern) (lib.drop known (lib.splitString "/" held)) false
        ) (below start)
      )
    else if isFolder path then
      below path
    else
      [ path ];

  consumed = lib.concatMap (step: (step.inputs or [ ]) ++ (step.params or [ ])) steps;
  pinned = map (pin: pin.path) (settings.data or [ ]);
  wanted = lib.filter (path: !made path) (lib.concatMap expand (consumed ++ pinned));

  file =
    path:
    let
      place = src + "/${path}";
    in
    if builtins.pathExists place then
      place
    else
      throw "${config}: ${path} is declared and is not there; a flake in git sees tracked files only (git add it)";
in
{
  name = settings.name or "training";
  inherit settings;
  files = lib.unique (wanted ++ [ config ]);
  fileset = lib.fileset.unions (
    map file (lib.unique (wanted ++ [ config ]))
    ++ [ (lib.fileset.maybeMissing (src + "/repro.baseline.json")) ]
  );
}
