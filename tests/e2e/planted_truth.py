# SPDX-License-Identifier: Apache-2.0
"""Proof by hand that planted scripts are what their table says: plain processes, one thing changed at a time.

Nothing of `repro probe` is used here but the profile's variables, so that the two can disagree.
`python -m e2e.planted_truth [NAME …]` from the folder `tests`; Linux only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import distributions
from pathlib import Path

from e2e.planted import METRICS, NUMERIC, Script, config, make, make_home
from e2e.planted_clean import CLEAN
from e2e.planted_guilty import GUILTY

from repro_action.determinism.attach import hook_variables
from repro_action.determinism.profile import variables
from repro_action.environments.circumstances import circumstances
from repro_action.interpreter.environment import Distribution
from repro_action.listing import flatten
from repro_action.readers import read_artifact

# It lists files in the order of their making, which can be chosen.
RAM = Path("/dev/shm")
LOCALES = RAM / "locales"
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
SHIM = """\
import gc, os
if os.environ.get("SHIM_GC") == "off":
    gc.disable()
elif os.environ.get("SHIM_GC"):
    gc.set_threshold(int(os.environ["SHIM_GC"]))
"""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing changed: variables (empty removes), a prefix, another folder, files in reverse."""

    variables: Mapping[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()
    folder: str = "project"
    reverse: bool = False


def off(*names: str) -> Change:
    return Change(variables=dict.fromkeys(names, ""))


_SH = ("/bin/sh", "-c")
_COUNTS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
    "BLIS_NUM_THREADS",
)
_ONE_CORE = (
    *_SH,
    (
        'printf 0 > "$0" && exec bwrap --dev-bind / / '
        '--ro-bind "$0" /sys/devices/system/cpu/online taskset -c 0 "$@"'
    ),
    str(RAM / "one-core"),
)
"""`os.cpu_count()` asks that file, and not which cores may be used."""
CHANGES: Mapping[str, tuple[Change, ...]] = {
    "again": (Change(), Change(), Change()),
    "process-ids": (Change(), Change(), Change()),
    "hash-seed": tuple(Change(variables={"PYTHONHASHSEED": str(seed)}) for seed in (7, 8, 9)),
    "threads": (Change(variables=dict.fromkeys(_COUNTS, "2")), Change(variables=dict.fromkeys(_COUNTS, "3"))),
    "blas": (off("OPENBLAS_CORETYPE"), Change(variables={"OPENBLAS_CORETYPE": "Nehalem"})),
    "numpy-dispatch": (off("NPY_ENABLE_CPU_FEATURES"), Change(variables={"NPY_ENABLE_CPU_FEATURES": " "})),
    "torch-isa": (
        off("ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA"),
        Change(variables={"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41"}),
    ),
    "libm": (Change(variables={"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F"}),),
    "environment": (Change(variables={f"NOISE_{number}": "x" * 50 * number for number in range(1, 30)}),),
    "build-path": (Change(folder="somewhere else/deeper"),),
    "home": (Change(variables={"HOME": "/nowhere"}),),
    "umask": (Change(prefix=(*_SH, 'umask 077 && exec "$@"', "sh")),),
    "locale": tuple(
        Change(variables={"LC_ALL": name, "LOCPATH": str(LOCALES)}) for name in ("C", "de_DE.UTF-8")
    ),
    "timezone": (Change(variables={"TZ": "Asia/Kathmandu"}),),
    "time": (Change(variables={"LD_PRELOAD": str(FAKETIME), "FAKETIME": "+400d"}),),
    "file-order": (Change(reverse=True),),
    "user-host": (
        Change(
            variables={"USER": "somebody", "LOGNAME": "somebody"},
            prefix=(
                "unshare",
                "--user",
                "--uts",
                "--map-root-user",
                *_SH,
                'hostname other && exec "$@"',
                "sh",
            ),
        ),
    ),
    "aslr": (Change(prefix=("setarch", "-R")), Change(prefix=("setarch", "-R"))),
    "gc": (Change(variables={"SHIM_GC": "off"}), Change(variables={"SHIM_GC": "40"})),
    "affinity": (Change(prefix=_ONE_CORE),),
}


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A folder in memory, and variables of the portable profile with a seed."""

    folder: Path
    pinned: Mapping[str, str]

    def run(self, script: Script, change: Change) -> Mapping[str, str]:
        """Make the project, run its steps, return digests of what came out."""
        place = Path(tempfile.mkdtemp(dir=self.folder)) / change.folder
        fixed = self.folder / "fixed" / change.folder
        shutil.rmtree(self.folder / "fixed", ignore_errors=True)
        make(script, place)
        if change.reverse:
            _reverse(place / "data")
        fixed.parent.mkdir(parents=True)
        place.rename(fixed)
        home = self.folder / "home"
        shutil.rmtree(home, ignore_errors=True)
        make_home(script, home)
        table = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "USER": "tester",
            "LOGNAME": "tester",
            **self.pinned,
        }
        table.update(change.variables)
        table = {name: value for name, value in table.items() if value}
        done = config(script, fixed)
        for step in done.steps:
            argv = [*change.prefix, sys.executable, *step.run[1:]]
            subprocess.run(argv, cwd=fixed, env=table, check=True, capture_output=True)
        outputs = [name for step in done.steps for name in step.outputs]
        assert METRICS in outputs, script.name
        return {name: _digest(fixed / name) for name in outputs}


def _digest(path: Path) -> str:
    return repr({name: str(leaf.digest) for name, leaf in flatten(read_artifact(path).root).items()})


def _reverse(folder: Path) -> None:
    """Make everything anew in the order of the listing; tmpfs lists the newest first."""
    copy = folder.with_name("copy")
    _copy(folder, copy)
    shutil.rmtree(folder)
    copy.rename(folder)


def _copy(folder: Path, target: Path) -> None:
    target.mkdir()
    for path in folder.iterdir():
        if path.is_dir():
            _copy(path, target / path.name)
        else:
            (target / path.name).write_bytes(path.read_bytes())


def truth(script: Script, bench: Bench) -> dict[str, bool]:
    """Return for every change whether the outputs differ from those of an undisturbed run."""
    reference = bench.run(script, Change())
    time.sleep(1.1)  # clocks that count seconds must show
    found = {"again": any(bench.run(script, change) != reference for change in CHANGES["again"])}
    for name, changes in CHANGES.items():
        if name == "again" or (name == "torch-isa" and "torch" not in script.needs):
            continue
        if found["again"] and name != "aslr":
            continue
        results = []
        for change in changes:
            results.append(bench.run(script, change))
            time.sleep(1.1 if found["again"] else 0)
        if found["again"]:
            # What differs anyway tells something only if holding this one makes it the same.
            found[name] = results[0] == results[1]
        else:
            found[name] = any(one != reference for one in results)
    return found


def prepare(folder: Path) -> Bench:
    installed = tuple(
        Distribution(name=distribution.metadata["Name"].lower(), version=distribution.version, record="")
        for distribution in distributions()
    )

    class Surroundings:
        distributions = installed
        circumstances = circumstances()

    pinned = dict(variables("portable", seed=1, threads=1, environment=Surroundings()))
    reports = folder / "reports"
    reports.mkdir()
    (folder / "shim").mkdir()
    (folder / "shim" / "sitecustomize.py").write_text(SHIM, encoding="utf-8")
    hook = dict(hook_variables(folder=reports, root=folder, seed=1, pythonpath=str(folder / "shim")))
    return Bench(folder=folder, pinned={**pinned, **hook})


def main(names: list[str]) -> int:
    bad = 0
    LOCALES.mkdir(exist_ok=True)
    german = LOCALES / "de_DE.UTF-8"
    if not german.is_dir():
        subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", german], check=True)
    with tempfile.TemporaryDirectory(dir=RAM) as result:
        bench = prepare(Path(result))
        for script in (*GUILTY, *CLEAN):
            if names and script.name not in names:
                continue
            found = {name for name, differs in truth(script, bench).items() if differs}
            allowed = set(script.guilty) | script.also | (NUMERIC if script.rounds else set())
            right = found <= allowed and bool(found & set(script.guilty)) == bool(script.guilty)
            bad += not right
            print(  # noqa: T201 -- a program
                "  " if right else "! ", script.name, sorted(found), "expected", script.guilty, flush=True
            )
    shutil.rmtree(LOCALES)
    (RAM / "one-core").unlink(missing_ok=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
