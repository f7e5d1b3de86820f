# SPDX-License-Identifier: Apache-2.0
"""A project whose environment is a flake, with real Nix but without nixpkgs.

Its shell is made by `derivation` alone: Python is a wrapper around the interpreter that runs
the tests, and the store has no more than that.
"""

import os
import shutil
import sys
from pathlib import Path

from e2e.project import copy, git
from required import absent

TINY = Path(__file__).parents[1] / "e2e" / "tiny"
SYSTEM = f"{os.uname().machine}-{os.uname().sysname.lower()}"

FLAKE = """
{{
  outputs = {{ self }}:
    let
      run = name: script: extra: derivation ({{
        inherit name;
        system = "{system}";
        builder = "{bash}";
        # Nix kills a builder that closes its output before it ends, as mkdir does: bash must outlive it.
        args = [ "-c" "${{script}}\n:" ];
        PATH = "{path}";
      }} // extra);
      openblas = run "openblas-0.3.30" "mkdir $out" {{ }};
      python = run "python3-3.11.7-env" ''
        mkdir -p $out/bin
        printf '#!%s\\n# %s\\nexec %s "$@"\\n' {bash} $openblas {python} > $out/bin/python
        chmod +x $out/bin/python
      '' {{ inherit openblas; }};
      stdenv = run "stdenv" ''
        mkdir $out
        echo "export PATH=$python/bin:{path}" > $out/setup
      '' {{ inherit python; }};
    in {{
      devShells.{system}.default = run "shell" "mkdir $out" {{
        inherit stdenv;
        outputs = [ "out" ];
        GREETING = import ./nix/greeting.nix;
        shellHook = "export FROM_HOOK=1";
      }};
    }};
}}
"""


def require_nix() -> None:
    """Skip the test where there is no Nix that can build; fail it where Nix is required."""
    if reason := _missing():
        absent("nix", reason)


def _missing() -> str:
    if shutil.which("nix") is None:
        return "there is no nix on PATH"
    writable = os.access("/nix/store" if Path("/nix/store").exists() else "/nix", os.W_OK)
    if not writable and not Path("/nix/var/nix/daemon-socket/socket").exists():
        return "/nix/store cannot be written, and there is no daemon"
    return ""


def _visible() -> str:
    """Return what Nix's sandbox must show, since Python is not from the store here."""
    places = ["/usr", "/lib", "/lib64", "/bin", sys.prefix, os.path.realpath(sys.base_prefix)]
    return " ".join(dict.fromkeys(place for place in places if Path(place).exists()))


def variables(folder: Path, **more: str) -> dict[str, str]:
    """Return the variables that Nix and repro run with: a home of their own, no network."""
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    settings = f"build-users-group =\nsandbox = false\nsubstituters =\nsandbox-paths = {_visible()}\n"
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "REPRO_CACHE_DIR": str(folder / "cache"),
        "NIX_CONFIG": settings,
        **more,
    }


def project(folder: Path, backend: str = "nix") -> Path:
    """Lay out a project with a flake, committed to git."""
    root = copy(TINY, folder / "project")
    bash = shutil.which("bash")
    text = FLAKE.format(system=SYSTEM, bash=bash, path="/usr/bin:/bin", python=sys.executable)
    (root / "flake.nix").write_text(text)
    (root / "nix").mkdir()
    (root / "nix" / "greeting.nix").write_text('"hello"\n')
    config = root / "repro.toml"
    config.write_text(
        config.read_text().replace('backend = "current"', f'backend = "{backend}"\nflake = ".#default"')
    )
    (root / ".gitignore").write_text(".repro/\nout/\n")
    git(root, "init", "--quiet")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", "start")
    return root
