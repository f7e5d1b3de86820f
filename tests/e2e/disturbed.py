"""Everything around a project that must not change its bits: place, locale, clock, user, machine."""

import os
import random
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from e2e.project import Ended, command, copy, environment, repro

HERE = Path(__file__).parent
EXAMPLES: Mapping[str, Path] = {
    "tiny": HERE / "tiny",
    "wine": HERE.parents[1] / "examples" / "wine",
    "digits": HERE.parents[1] / "examples" / "digits",
}
WORDS = (
    "a b",
    "ünïcødé",
    "模型",
    "x" * 60,
    "it's",
    "-dash",
    "per%cent",
    "new.d",
    "Ärger mit Leerzeichen",
    "🙂",
    "$HOME",
    "[x]*?",
)
CHOICES: Mapping[str, tuple[str, ...]] = {
    "TZ": ("UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati", ":nowhere", "XYZ-14:37"),
    "LANG": ("C", "C.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8", "ar_SA", "no_SUCH.locale"),
    "LC_ALL": ("", "C", "POSIX", "C.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8"),
    "LC_NUMERIC": ("C", "de_DE.UTF-8", "fr_FR.UTF-8"),
    "PYTHONHASHSEED": ("0", "1", "7", "4294967295", "random"),
    "PYTHONOPTIMIZE": ("", "1"),
    "PYTHONUTF8": ("", "1"),
    "PYTHONSTARTUP": ("/nowhere/startup.py",),
    "OMP_NUM_THREADS": ("1", "2", "5", "64"),
    "OPENBLAS_NUM_THREADS": ("1", "3", "16"),
    "MKL_NUM_THREADS": ("2", "8"),
    "OMP_DYNAMIC": ("TRUE", "FALSE"),
    "OMP_SCHEDULE": ("dynamic,1", "static"),
    "OPENBLAS_CORETYPE": ("Prescott", "Nehalem", "Sandybridge", "Haswell", "SkylakeX"),
    "NPY_DISABLE_CPU_FEATURES": ("", "AVX512F AVX512CD", "AVX2 FMA3"),
    "GLIBC_TUNABLES": ("", "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F", "glibc.malloc.perturb=165"),
    "MALLOC_PERTURB_": ("", "7"),
    "SOURCE_DATE_EPOCH": ("0", "1700000000"),
    "COLUMNS": ("1", "40", "300"),
    "TERM": ("dumb", "xterm-256color"),
    "NO_COLOR": ("", "1"),
}


@dataclass(frozen=True)
class Disturbance:
    """One set of circumstances.

    Attributes:
        place: folders between the place of work and the project.
        variables: set outside, in the environment of `repro`.
        umask: of the process.
        one_cpu: whether the process and its children see one CPU.
    """

    place: tuple[str, ...]
    variables: Mapping[str, str]
    umask: int
    one_cpu: bool


def draw(rng: random.Random) -> Disturbance:
    """Draw circumstances; each knob is drawn by itself."""
    variables = {name: rng.choice(values) for name, values in CHOICES.items()}
    if variables["PYTHONHASHSEED"] == "7":
        variables["PYTHONHASHSEED"] = str(rng.randrange(2**32))
    for number in range(rng.choice([0, 10, 400])):
        variables[f"UNRELATED_{number}"] = rng.choice(["", "x" * 1500, "ü\n\t'\"$"])
    return Disturbance(
        place=tuple(rng.choice(WORDS) for _ in range(rng.randrange(1, 6))),
        variables=variables,
        umask=rng.choice([0o000, 0o002, 0o022, 0o027, 0o077]),
        one_cpu=rng.random() < 0.5,
    )


def _cache() -> str:
    """Return the person's own cache folder, so that HOME can change and an environment is built once."""
    from platformdirs import user_cache_path

    return os.environ.get("REPRO_CACHE_DIR") or str(user_cache_path("repro-action"))


def verify(source: Path, baseline: bytes, work: Path, disturbance: Disturbance) -> Ended:
    """Verify a fresh copy of a project in circumstances; the copy is removed again."""
    home = work / "home of nobody"
    home.mkdir(parents=True, exist_ok=True)
    root = copy(source, work.joinpath(*disturbance.place, source.name))
    (root / "repro.baseline.json").write_bytes(baseline)
    variables = {
        name: value for name, value in disturbance.variables.items() if value or name.startswith("UNRELATED")
    }
    prefix = (
        ["taskset", "-c", str(min(os.sched_getaffinity(0)))] if disturbance.one_cpu and _has_taskset() else []
    )
    try:
        done = subprocess.run(
            [*prefix, *command("verify", "--json", "-q")],
            cwd=root,
            env=environment(**{**variables, "HOME": str(home), "REPRO_CACHE_DIR": _cache()}),
            capture_output=True,
            timeout=600,
            check=False,
            umask=disturbance.umask,
        )
    finally:
        shutil.rmtree(work / disturbance.place[0], ignore_errors=True)
    return Ended(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def _has_taskset() -> bool:
    return shutil.which("taskset") is not None and hasattr(os, "sched_getaffinity")


def baseline_of(source: Path, work: Path) -> bytes:
    """Return the committed baseline where it speaks of this machine and environment, else make one.

    Raises:
        AssertionError: the calm run ended badly, or differs from the committed baseline although
            no part of the environment does.
    """
    root = copy(source, work / "calm" / source.name, baseline=True)
    file = root / "repro.baseline.json"
    ended = repro(root, "verify", "--json", "-q", REPRO_CACHE_DIR=_cache())
    if ended.status in {0, 1}:
        kinds = {one["kind"] for one in ended.json["claim"]["materials"]}
        if ended.status == 0 and not kinds:
            return file.read_bytes()
        # The committed baseline was accepted with one Python. With another one, the interpreter and what is
        # built for it are materials that changed, rightly, whether or not the bits are the same.
        assert kinds, ended.out
        assert kinds <= {"environment", "packages"}, kinds
    else:
        assert ended.status == 3, (ended.out, ended.err)
    accepted = repro(root, "accept", REPRO_CACHE_DIR=_cache())
    assert accepted.status == 0, accepted
    return file.read_bytes()


def trouble(ended: Ended) -> str:
    """Say why a verification was not `reproduced` by the same materials; empty if it was."""
    if ended.status != 0:
        return f"status {ended.status}: {ended.err[-600:]} {_explanation(ended)}"
    report = ended.json
    if report["verdict"] != "reproduced" or report["claim"]["materials"]:
        return f"{report['verdict']}: {_explanation(ended)}"
    return ""


def _explanation(ended: Ended) -> str:
    try:
        report = ended.json
    except ValueError:
        return ended.out[:600]
    items = [report.get("headline", ""), *(cause["text"] for cause in report.get("causes", []))]
    error = report.get("error") or {}
    return "; ".join([*items, error.get("what", ""), error.get("why", "")])[:900]
