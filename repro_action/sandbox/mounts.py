# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PTH110, PTH112, PTH113, PTH114, PTH115, PTH120 -- unlike those of pathlib, these do not raise for a folder that must not be looked into
"""What of the machine every step may read: the system, the environment, repro's own hook."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from repro_action.history import History
from repro_action.interpreter.cache import cache_folder
from repro_action.interpreter.environment import Environment
from repro_action.interpreter.inspect import inspect
from repro_action.interpreter.trusted import untrusted_folders
from repro_action.sandbox.layout import Mount, mask, read

PACKAGE = Path(__file__).parents[1]
"""repro's own code: the hook, and what a probe puts before commands."""

# NOTE: neither /run nor /var: a socket there (docker, dbus) leads out of any sandbox.
_SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/sys"),
    *("/nix/store", "/nix/var/nix/profiles", "/run/opengl-driver", "/run/current-system", "/snap"),
    "/var/cache/fontconfig",
)
_READ_ONLY_PROC = ("/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs")
_MASKED_PROC = (
    *("/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/key-users", "/proc/kmsg"),
    *("/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats"),
    *("/proc/sysvipc", "/proc/kpagecount", "/proc/kpageflags", "/proc/kpagecgroup", "/proc/kallsyms"),
)
_MASKED_SYS = (
    *("/sys/firmware", "/sys/kernel/debug", "/sys/kernel/tracing", "/sys/kernel/security"),
    *("/sys/fs/bpf", "/sys/fs/pstore", "/sys/devices/virtual/powercap"),
)
_RESOLVER = "/etc/resolv.conf"
_DEVICES = ("nvidia*", "dri", "kfd", "accel")
_FOLDERS = ("LD_LIBRARY_PATH", "PATH", "SSL_CERT_DIR", "SSL_CERT_FILE")
_PTH_LIMIT = 1 << 16
_RECORD_LIMIT = 64 << 20
# One of them makes a folder something that can be installed in place.
_PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg")


def machine_mounts() -> tuple[Mount, ...]:
    """Return what is laid over the machine's own files where a step may see them all."""
    return (*process_mounts(), *(read(path) for path in ("/sys",) if os.path.exists(path)))


def process_mounts() -> tuple[Mount, ...]:
    """Return the processes as a step sees them: only its own, and no switch of the machine.

    What is hidden and what is read-only are the lists of container runtimes.
    """
    return (
        Mount(kind="proc", source="", target="/proc"),
        *(read(path) for path in _READ_ONLY_PROC if os.path.exists(path)),
        *(mask(path) for path in _MASKED_PROC if os.path.exists(path)),
    )


def system_mounts(*, network: bool) -> tuple[Mount, ...]:
    """Return the folders of the operating system.

    Args:
        network: whether the resolver's files are needed, which may lie below /run.
    """
    mounts: list[Mount] = [*process_mounts(), *(mask(path) for path in _MASKED_SYS if os.path.exists(path))]
    for path in map(Path, _SYSTEM):
        if path.is_symlink() and path.parent == Path("/"):
            mounts.append(Mount(kind="link", source=os.readlink(path), target=str(path)))
        elif os.path.exists(path):
            mounts.append(read(path))
    resolver = os.path.realpath(_RESOLVER)
    if network and resolver != _RESOLVER and os.path.exists(resolver):
        mounts.append(read(os.path.dirname(resolver)))
    return (*mounts, *_devices())


def _devices() -> Iterator[Mount]:
    for pattern in _DEVICES:
        for path in Path("/dev").glob(pattern):
            yield Mount(kind="device", source=str(path), target=str(path))


def environment_mounts(environment: Environment, root: Path) -> tuple[Mount, ...]:
    """Return the folders that the environment's interpreter reads.

    Folders of the project count only where they belong to a virtual environment: a package
    that is installed in place from the project is code, which a step declares.

    Args:
        environment: the environment.
        root: the project.
    """
    seen = inspect(environment.python, cache_folder(os.environ), untrusted=untrusted_folders(root))
    about = seen.interpreter
    # Those of repro itself too: a probe puts programs of its own before the step's command.
    prefixes = (about.prefix, about.base, Path(sys.prefix), Path(sys.base_prefix))
    own = [*(path for prefix in prefixes for path in _prefix(prefix, root)), *about.folders, PACKAGE]
    outside = [
        *_chain(environment.python),
        *_chain(Path(sys.executable)),
        *_in_place(environment, about.prefix, about.folders, root),
        *_listed(environment.variables),
    ]
    inner = os.path.realpath(root)
    kept = [*own, *(path for path in outside if not _within(path, inner))]
    named = [*kept, *(Path(os.path.realpath(path)) for path in kept)]
    paths = dict.fromkeys(path for path in named if path.is_absolute() and path != path.parent)
    return tuple(read(path) for path in paths if os.path.exists(path))


def _prefix(prefix: Path, root: Path) -> Iterable[Path]:
    """Return a prefix; of one that is the project's own folder, only what Python put there."""
    if os.path.realpath(root) != os.path.realpath(prefix):
        return (prefix,)
    return [prefix / name for name in ("bin", "lib", "lib64", "include", "share", "pyvenv.cfg")]


def _chain(program: Path) -> Iterator[Path]:
    """Return the folders of a program and of all links on the way to it."""
    for _ in range(20):
        yield program.parent
        if not os.path.islink(program):
            return
        program = Path(os.path.normpath(program.parent / program.readlink()))


def _in_place(environment: Environment, prefix: Path, folders: Iterable[Path], root: Path) -> Iterator[Path]:
    """Return folders outside of site-packages, where the caller may have installed packages from them.

    What a backend built holds wheels alone, and what git tracks is a pull request's: in both, a file that
    names a folder is a stranger's wish.
    """
    inside = _within(prefix, os.path.realpath(root))
    if not environment.shared or (inside and History(root).is_tracked(os.path.relpath(prefix, root))):
        return
    closed = [os.path.realpath(path) for path in (root, os.path.expanduser("~"), tempfile.gettempdir())]  # noqa: PTH111 -- never raises
    for path in installed_in_place(folders):
        real = os.path.realpath(path)
        if not any(place == real or place.startswith(f"{real.rstrip('/')}/") for place in closed):
            yield path


def installed_in_place(folders: Iterable[Path]) -> Iterator[Path]:
    """Return the folders that packages outside of site-packages are imported from (PEP 610, *.pth).

    A `*.pth` that a wheel brought does not count: it could name any folder of the machine. That of a package
    installed in place leads into the folder of the package, which counts anyway.
    """
    for folder in folders:
        try:
            names = sorted(os.listdir(folder))  # noqa: PTH208 -- a Path for each of a thousand entries is slow
        except OSError:
            continue
        infos = [folder / name for name in names if name.endswith(".dist-info")]
        for name in names:
            found = list(_pth(folder, folder / name)) if name.endswith(".pth") else []
            if found and not any(_lists(info / "RECORD", name) for info in infos):
                yield from found
            elif name.endswith(".dist-info"):
                yield from _origin(folder / name / "direct_url.json")


def _lists(record: Path, name: str) -> bool:
    """Whether a RECORD names a file beside it."""
    try:
        with record.open(encoding="utf-8", errors="surrogateescape") as opened:
            text = opened.read(_RECORD_LIMIT)
    except OSError:
        return False
    return any(line.split(",", 1)[0].strip('"') == name for line in text.splitlines() if name in line)


def _pth(folder: Path, file: Path) -> Iterator[Path]:
    try:
        with file.open(encoding="utf-8", errors="surrogateescape") as opened:
            text = opened.read(_PTH_LIMIT)
    except OSError:
        return
    for line in text.splitlines():
        if line.strip() and not line.startswith(("#", "import ", "import\t")) and "\0" not in line:
            path = Path(os.path.normpath(folder / line.rstrip()))
            if _has_code(path):
                yield path


def _has_code(path: Path) -> bool:
    """Whether a folder has modules or packages, or is an archive of them."""
    if not os.path.isdir(path):
        return path.suffix in (".zip", ".egg", ".whl") and os.path.isfile(path)
    try:
        with os.scandir(path) as entries:
            return any(
                entry.name.endswith((".py", ".so")) or os.path.isfile(os.path.join(entry.path, "__init__.py"))  # noqa: PTH118 -- one of many
                for entry in entries
            )
    except OSError:
        return False


def _origin(file: Path) -> Iterator[Path]:
    try:
        with file.open(encoding="utf-8") as opened:
            origin: object = json.loads(opened.read(_PTH_LIMIT))
    except (OSError, ValueError, RecursionError):
        return
    match origin:
        case {"dir_info": {"editable": True}, "url": str(url)} if url.startswith("file:"):
            path = Path(unquote(urlsplit(url).path))
            # NOTE: everything of a package beside others counts, since it is unknown which part is used.
            if path.is_absolute() and any(os.path.isfile(path / name) for name in _PROJECT_FILES):
                yield path


def _listed(variables: Mapping[str, str]) -> Iterator[Path]:
    """Return files and folders that variables of the environment name."""
    for name in _FOLDERS:
        for text in variables.get(name, "").split(os.pathsep):
            if text.startswith("/"):
                yield Path(text)


def _within(path: Path, folder: str) -> bool:
    real = os.path.realpath(path)
    return real == folder or real.startswith(f"{folder}/")


def private(variables: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the folders that are empty inside: those of the user, and those for temporary files.

    Args:
        variables: of the step.
    """
    names = (
        "HOME",
        "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "XDG_STATE_HOME",
        "XDG_RUNTIME_DIR",
    )
    homes = [variables.get(name, "") for name in names]
    places = ["/tmp", "/var/tmp", variables.get("TMPDIR", "")]  # noqa: S108 -- these very folders are replaced
    return _plain(homes), _plain(places)


def _plain(paths: Iterable[str]) -> tuple[str, ...]:
    # A folder of the system stays what it is, whatever a variable says.
    kept = [os.path.normpath(path) for path in paths if path.startswith("/")]
    return tuple(dict.fromkeys(path for path in kept if path not in ("/", "//", *_SYSTEM, "/dev", "/proc")))
