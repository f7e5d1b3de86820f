# An interpreter and its packages: the machine's own, each distribution a store path of its own.
{
  lib,
  machine,
  held,
  mkDerivation,
}:
let
  inherit (machine.python) version;
  minor = lib.concatStringsSep "." [
    (builtins.head (lib.splitString "." version))
    (builtins.elemAt (lib.splitString "." version) 1)
  ];

  python = (import ./held.nix) {
    pname = "python3";
    inherit version;
    path = held machine.python.path;
    executable = "python${minor}";
    interpreter = "${held machine.python.path}/bin/python${minor}";
    sitePackages = "lib/python${minor}/site-packages";
    pkgs = packages;
    withPackages = choose: withPackages (choose packages);
  };

  # nixpkgs' attribute → the name of the distribution; only what repro-action uses.
  names = builtins.fromJSON (builtins.readFile ./distributions.json);

  packages =
    builtins.mapAttrs (_: distribution) names
    // {
      inherit buildPythonApplication python;
      toPythonModule =
        drv:
        drv
        // {
          pythonModule = python;
          requiredPythonModules = closure (drv.propagatedBuildInputs or [ ]);
        };
    };

  distribution =
    name:
    let
      found =
        machine.distributions.${name} or {
          version = "0";
          path = machine.absent;
          dependencies = [ ];
        };
    in
    (import ./held.nix) {
      pname = name;
      inherit (found) version;
      path = held found.path;
      pythonModule = python;
      requiredPythonModules = closure (map distribution found.dependencies);
    };

  # Modules with everything that they require. What is no module is left out, as nixpkgs does.
  closure =
    drvs:
    let
      modules = lib.filter (drv: (drv.pythonModule or null) != null) drvs;
    in
    map (found: found.drv) (
      builtins.genericClosure {
        startSet = map node modules;
        operator = found: map node (found.drv.requiredPythonModules or [ ]);
      }
    );
  node = drv: {
    key = builtins.unsafeDiscardStringContext drv.outPath;
    inherit drv;
  };

  withPackages =
    chosen:
    mkDerivation {
      name = "python3-${version}-env";
      # Not `paths`, since the builder is Python and takes them as arguments.
      buildCommand = ''
        ${python.interpreter} -S ${./env.py} "$out" ${python} ${toString (closure chosen)}
      '';
      passthru = {
        inherit python;
        inherit (python) executable sitePackages pkgs;
      };
    };

  # As strict as nixpkgs about what makes a wheel; other attributes go to mkDerivation there, and
  # here are refused until one is used.
  buildPythonApplication =
    {
      pname,
      version,
      src,
      pyproject,
      build-system,
      dependencies ? [ ],
      pythonImportsCheck ? [ ],
      doCheck ? true,
      meta ? { },
      passthru ? { },
    }:
    assert lib.assertMsg (pyproject == true) "the stand-in builds only pyproject = true";
    assert lib.assertMsg (doCheck == false) "the stand-in runs no tests while it builds";
    mkDerivation {
      inherit pname version src;
      propagatedBuildInputs = dependencies;
      buildPhase = ''
        export HOME=$NIX_BUILD_TOP
        unset PYTHONPATH
        ${python.interpreter} ${./build.py} "$out" . \
          --build ${toString (closure (build-system ++ [ packages.pip ]))} \
          --run ${toString (closure dependencies)} \
          --tools ${packages.packaging} \
          --imports ${toString pythonImportsCheck}
      '';
      inherit meta;
      passthru = passthru // {
        propagatedBuildInputs = dependencies;
        pythonModule = null;
      };
    };
in
python
