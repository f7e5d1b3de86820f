# SPDX-License-Identifier: Apache-2.0
"""Real Nix, a store of its own, and the stand-in for nixpkgs made from this machine."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from required import absent

from nix import machine

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SYSTEM = f"{os.uname().machine}-{os.uname().sysname.lower()}"

# What a builder may see of the machine besides its inputs: the loader and the C library.
LIBRARIES = tuple(path for path in ("/lib", "/lib64", "/usr/lib", "/usr/lib64") if Path(path).is_dir())

SETTINGS = """\
experimental-features = nix-command flakes
store = local
sandbox = true
sandbox-fallback = false
sandbox-paths = {paths}
build-users-group =
substituters =
flake-registry =
warn-dirty = false
max-jobs = 1
cores = 1
"""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What a command left."""

    status: int
    out: str
    err: str


@dataclass(frozen=True, kw_only=True)
class Standin:
    """A store, settings that no other Nix of this machine reads, and the flake that stands for nixpkgs."""

    folder: Path

    @property
    def nixpkgs(self) -> Path:
        return self.folder / "nixpkgs"

    @property
    def store(self) -> Path:
        return self.folder / "store"

    def variables(self, **more: str) -> dict[str, str]:
        home = self.folder / "home"
        return {
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / ".cache"),
            "NIX_CONF_DIR": str(self.folder / "conf"),
            "PATH": os.environ["PATH"],
            # Root could write into this store, which elsewhere is mounted read-only.
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
            **more,
        }

    def nix(self, *arguments: str, **options) -> Ended:
        """Run `nix` and return what it left."""
        return self.run("nix", *arguments, **options)

    def run(self, *command: str, cwd: Path | None = None, timeout: float = 280, **more: str) -> Ended:
        """Run a program of Nix' and return what it left; `more` are variables."""
        done = subprocess.run(
            self.within(*command),
            cwd=cwd or self.folder,
            env=self.variables(**more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
        return Ended(status=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())

    def within(self, *command: str) -> list[str]:
        """Return a command that finds this store at /nix, where every other process has the machine's."""
        enter = 'mount --bind "$1" /nix && shift && exec "$@"'
        user = [] if os.geteuid() == 0 else ["--map-root-user"]
        return ["unshare", "--mount", *user, "sh", "-c", enter, "sh", str(self.store / "nix"), *command]

    def flake(self, *arguments: str, **options) -> Ended:
        """Run Nix on flakes whose nixpkgs is the stand-in."""
        swapped = ("--override-input", "nixpkgs", f"path:{self.nixpkgs}")
        words = 2 if arguments[0] == "flake" else 1
        return self.nix(*arguments[:words], *swapped, *arguments[words:], **options)

    def build(self, flake: str, *arguments: str, **options) -> tuple[Ended, Path]:
        """Build one output; return how that ended, and where its output lies outside the store's view."""
        ended = self.flake("build", flake, "--no-link", "--json", *arguments, **options)
        if ended.status:
            return ended, Path()
        (built,) = json.loads(ended.out)
        return ended, self.outside(built["outputs"]["out"])

    def outside(self, path: str) -> Path:
        return self.store / path.removeprefix("/")


def missing() -> str:
    """Say what keeps Nix from being tested here; empty where nothing does."""
    if not sys.platform.startswith("linux"):
        return "the stand-in for nixpkgs is made for Linux"
    if shutil.which("nix") is None:
        return "there is no nix on PATH"
    if not Path("/lib").is_dir():
        return "there is no /lib to give to builders"
    if not Path("/nix").is_dir():
        return "there is no /nix to put a store at"
    with tempfile.TemporaryDirectory() as scratch:
        trial = Standin(folder=Path(scratch)).within("true")
        (Path(scratch) / "store" / "nix").mkdir(parents=True)
        entered = subprocess.run(trial, capture_output=True, text=True, check=False)
    return f"no mount namespace: {entered.stderr.strip()}" if entered.returncode else ""


def require() -> None:
    """Skip the test where Nix cannot be tested; fail it where Nix is required."""
    if reason := missing():
        absent("nix", reason)


def prepare(folder: Path) -> Standin:
    """Make the store and the stand-in once; processes that ask at the same time wait for the first."""
    folder.mkdir(parents=True, exist_ok=True)
    standin = Standin(folder=folder)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made, identity = folder / "made.json", machine.identity()
        if not made.exists() or json.loads(made.read_text())["identity"] != identity:
            (folder / "conf").mkdir(exist_ok=True)
            (folder / "home").mkdir(exist_ok=True)
            (standin.store / "nix").mkdir(parents=True, exist_ok=True)
            text = SETTINGS.format(paths=" ".join(LIBRARIES))
            (folder / "conf" / "nix.conf").write_text(text)
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                result = _lay_out(standin, Path(scratch))
            made.write_text(json.dumps({"identity": identity, **result}, indent=2))
        if not standin.nixpkgs.exists():
            shutil.copytree(HERE / "nixpkgs", standin.nixpkgs)
            shutil.copyfile(made, standin.nixpkgs / "machine.json")
            reads = "builtins.fromJSON (builtins.readFile ./machine.json)\n"
            (standin.nixpkgs / "machine.nix").write_text(reads)
    return standin


def _lay_out(standin: Standin, scratch: Path) -> dict[str, object]:
    absent = machine.tools(scratch / "tools")
    if absent:
        pytest.skip(f"there is no {absent} on PATH, which builders need")
    machine.interpreter(scratch / "python3")
    (scratch / "absent").mkdir()
    certificates = scratch / "cacert" / "etc" / "ssl" / "certs"
    certificates.mkdir(parents=True)
    # Certificates are this machine's; the stand-in fetches from nowhere that needs them.
    (certificates / "ca-bundle.crt").touch()
    table = machine.packages(scratch / "packages")
    others = [scratch / name for name in ("tools", "python3", "absent", "cacert")]
    paths = _add(standin, [*others, *(Path(str(one["path"])) for one in table.values())])
    for one, path in zip(table.values(), paths[len(others) :], strict=True):
        one["path"] = path
    tools, python, none, cacert = paths[: len(others)]
    version = sys.version.split()[0]
    return {
        "tools": tools,
        "absent": none,
        "cacert": cacert,
        "python": {"path": python, "version": version},
        "distributions": table,
    }


def _add(standin: Standin, paths: list[Path]) -> list[str]:
    done = subprocess.run(
        standin.within("nix-store", "--add", *map(str, paths)),
        env=standin.variables(),
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.split()


def project(folder: Path) -> Path:
    """Copy what the flake is made of, so that neither git nor what others edit meanwhile matters."""
    for name in ("flake.nix", "flake.lock", "LICENSE", "README.md", "pyproject.toml"):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    ignore = shutil.ignore_patterns("__pycache__", ".repro", "out", ".ruff_cache", ".mypy_cache")
    for name in ("docs", "examples", "nix", "repro_action", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignore, symlinks=True)
    return folder
