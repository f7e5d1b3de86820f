# lib.fileset: sets of files below a folder. A set is kept as the list of its files.
{ lib }:
let
  make = files: {
    _type = "fileset";
    inherit files;
  };

  below =
    path:
    lib.concatMap (
      name:
      let
        held = (builtins.readDir path).${name};
      in
      if held == "directory" then below (path + "/${name}") else [ { inherit name; path = path + "/${name}"; type = held; } ]
    ) (lib.attrNames (builtins.readDir path));

  typeOf = path: (builtins.readDir (dirOf path)).${baseNameOf path};
  isFolder = path: typeOf path == "directory";

  coerce =
    context: value:
    if value._type or "" == "fileset" then
      value.files
    else if !builtins.isPath value then
      throw "${context} is of type ${builtins.typeOf value}, but it should be a file set or a path instead."
    else if !builtins.pathExists value then
      throw "${context} (${toString value}) is a path that does not exist."
    else if isFolder value then
      below value
    else
      [ { name = baseNameOf value; path = value; type = typeOf value; } ];
in
{
  unions =
    sets:
    if !builtins.isList sets then
      throw "lib.fileset.unions: Argument is of type ${builtins.typeOf sets}, but it should be a list instead."
    else
      make (lib.concatMap (coerce "lib.fileset.unions: Element") sets);

  maybeMissing =
    path:
    if !builtins.isPath path then
      throw "lib.fileset.maybeMissing: Argument is of type ${builtins.typeOf path}, but it should be a path instead."
    else
      make (if builtins.pathExists path then coerce "lib.fileset.maybeMissing: Argument" path else [ ]);

  fileFilter =
    holds: path:
    if !builtins.isPath path then
      throw "lib.fileset.fileFilter: Second argument is of type ${builtins.typeOf path}, but it should be a path instead."
    else
      make (
        lib.filter (
          file:
          holds {
            inherit (file) name type;
            hasExt = extension: lib.hasSuffix ".${extension}" file.name;
          }
        ) (coerce "lib.fileset.fileFilter: Second argument" path)
      );

  toSource =
    { root, fileset }:
    let
      base = toString root;
      files = map (file: toString file.path) (coerce "lib.fileset.toSource: `fileset`" fileset);
      outside = lib.filter (file: !lib.hasPrefix "${base}/" file) files;
      parents = path: if path == base then [ ] else [ path ] ++ parents (dirOf path);
      kept = lib.genAttrs (lib.concatMap parents files) (_: true);
    in
    if !builtins.isPath root then
      throw "lib.fileset.toSource: `root` (${toString root}) is not a path."
    else if outside != [ ] then
      throw "lib.fileset.toSource: `fileset` could contain files in ${lib.head outside}, which is not under the `root` (${base})."
    else
      {
        _type = "source";
        outPath = builtins.path {
          name = "source";
          path = root;
          filter = path: _: kept ? ${path};
        };
      };
}
