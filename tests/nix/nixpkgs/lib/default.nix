# Functions of nixpkgs.lib, with its names, arguments and results.
let
  lib = {
    inherit (builtins)
      any
      attrNames
      attrValues
      concatMap
      concatStringsSep
      elem
      filter
      foldl'
      head
      length
      tail
      ;

    genAttrs =
      names: value:
      builtins.listToAttrs (map (name: { inherit name; value = value name; }) names);
    nameValuePair = name: value: { inherit name value; };
    mapAttrs' = make: set: builtins.listToAttrs (map (name: make name set.${name}) (lib.attrNames set));
    mapAttrsToList = make: set: map (name: make name set.${name}) (lib.attrNames set);
    optional = condition: value: if condition then [ value ] else [ ];
    optionals = condition: values: if condition then values else [ ];
    optionalAttrs = condition: set: if condition then set else { };
    drop = count: list: if count == 0 then list else lib.drop (count - 1) (builtins.tail list);
    subtractLists = without: filter: builtins.filter (one: !builtins.elem one without) filter;
    findFirst =
      holds: default: list:
      let
        found = builtins.filter holds list;
      in
      if found == [ ] then default else builtins.head found;
    unique = builtins.foldl' (all: one: if builtins.elem one all then all else all ++ [ one ]) [ ];

    concatStrings = builtins.concatStringsSep "";
    hasPrefix = prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;
    hasSuffix =
      suffix: text:
      let
        rest = builtins.stringLength text - builtins.stringLength suffix;
      in
      rest >= 0 && builtins.substring rest (-1) text == suffix;
    splitString =
      separator: text:
      builtins.filter builtins.isString (builtins.split (lib.escapeRegex separator) text);
    escapeRegex = builtins.replaceStrings
      [ "\\" "[" "{" "(" ")" "^" "$" "?" "*" "+" "|" "." ]
      [ "\\\\" "\\[" "\\{" "\\(" "\\)" "\\^" "\\$" "\\?" "\\*" "\\+" "\\|" "\\." ];
    escapeShellArg =
      text:
      let
        held = toString text;
      in
      if builtins.match "[[:alnum:],._+:@%/-]+" held != null then
        held
      else
        "'${builtins.replaceStrings [ "'" ] [ "'\\''" ] held}'";
    escapeShellArgs = texts: builtins.concatStringsSep " " (map lib.escapeShellArg texts);
    strings.sanitizeDerivationName =
      text:
      let
        piece = held: if builtins.isString held then held else "-";
        joined = lib.concatStrings (map piece (builtins.split "[^[:alnum:]+._?=-]+" text));
        bare = builtins.match "\\.*(.*)" joined;
      in
      if joined == "" then "unknown" else builtins.substring 0 207 (builtins.head bare);

    importJSON = path: builtins.fromJSON (builtins.readFile path);
    versionOlder = one: other: builtins.compareVersions other one == 1;
    versionAtLeast = one: other: !lib.versionOlder one other;
    assertMsg = holds: message: holds || throw message;

    fakeHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    licenses.asl20 = {
      spdxId = "Apache-2.0";
      fullName = "Apache License 2.0";
      free = true;
    };
    fetchers.proxyImpureEnvVars = [
      "http_proxy"
      "https_proxy"
      "ftp_proxy"
      "all_proxy"
      "no_proxy"
      "HTTP_PROXY"
      "HTTPS_PROXY"
      "FTP_PROXY"
      "ALL_PROXY"
      "NO_PROXY"
      "NIX_SSL_CERT_FILE"
    ];
    fileset = import ./fileset.nix { inherit lib; };
  };
in
lib
