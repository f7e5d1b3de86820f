# SPDX-License-Identifier: Apache-2.0
"""What a run cannot choose, and the platform class whose bits a run can promise."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from repro_action.config.model import Profile
from repro_action.errors import EnvironmentUnavailable
from repro_action.fingerprint import Circumstances

# x86-64 psABI, table "Micro-Architecture Levels", in the names of /proc/cpuinfo
# (`pni` is SSE3, `abm` holds LZCNT). `xsave` is left out: hypervisors hide OSXSAVE there.
_LEVELS = (
    ("x86-64-v2", {"cx16", "lahf_lm", "popcnt", "pni", "ssse3", "sse4_1", "sse4_2"}),
    ("x86-64-v3", {"abm", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe"}),
    ("x86-64-v4", {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}),
)

# What macOS's sysctl calls the same features.
_SYSCTL_NAMES = {
    "sse3": "pni",
    "sse4.1": "sse4_1",
    "sse4.2": "sse4_2",
    "avx1.0": "avx",
    "lahf": "lahf_lm",
} | {"lzcnt": "abm"}

# Arm's "Main ID Register" part numbers of cores that servers and runners have.
_ARM_PARTS = {
    "0x41/0xd0c": "Neoverse N1",
    "0x41/0xd40": "Neoverse V1",
    "0x41/0xd49": "Neoverse N2",
    "0x41/0xd4f": "Neoverse V2",
    "0x41/0xd83": "Neoverse V3",
    "0x41/0xd8e": "Neoverse N3",
    "0xc0/0xac3": "Ampere-1",
}


def circumstances() -> Circumstances:
    """Return what this machine is, without its name.

    Returns:
        `os`, `machine` (`x86_64`, `aarch64`), `cpu`, `cpu_vendor`, `cpu_level`
        (`x86-64-v1` to `v4`, or `aarch64`), `cores`, `kernel`, `libc`; an empty text where
        the system does not say. The BLAS in use is added by whoever reads the hook's reports.
    """
    system = os.uname()
    machine = {"arm64": "aarch64", "amd64": "x86_64"}.get(system.machine.lower(), system.machine.lower())
    cpu = _cpu_of_macos(machine) if system.sysname == "Darwin" else _cpu_of_linux(machine)
    return {
        "os": system.sysname,
        "machine": machine,
        **cpu,
        "cores": str(_cores()),
        "kernel": system.release,
        "libc": _libc(),
    }


def platform_class(profile: Profile, facts: Circumstances) -> str:
    """Return the class of machines on which a run promises the same bits.

    Args:
        profile: `portable` joins all x86-64 Linux machines of level v3 and above.
        facts: by `circumstances`.

    Raises:
        EnvironmentUnavailable: this CPU cannot do what the portable profile pins.
    """
    machine, system = facts.get("machine", ""), facts.get("os", "").lower()
    if machine != "x86_64" or system != "linux":
        return f"{machine}-{system}"
    level = facts.get("cpu_level", "").removeprefix("x86-64-") or "v1"
    if profile != "portable":
        return f"x86_64-{level}"
    if level not in {"v3", "v4"}:
        raise EnvironmentUnavailable(
            f"this CPU ({facts.get('cpu') or 'unknown'}) has the level x86-64-{level}, below x86-64-v3",
            why="The portable profile pins kernels for AVX2 and FMA, which this CPU does not have.",
            remedy='Set profile = "native" under [determinism], or run on a CPU made after 2013.',
        )
    return "x86_64-v3"


def parse_cpuinfo(text: str, machine: str) -> dict[str, str]:
    """Return `cpu`, `cpu_vendor` and `cpu_level` from the text of /proc/cpuinfo.

    Args:
        text: of the file; its first processor stands for all.
        machine: `x86_64` or `aarch64`.
    """
    fields = dict(_fields(text))
    if machine != "x86_64":
        implementer, part = fields.get("CPU implementer", ""), fields.get("CPU part", "")
        cpu_name = _ARM_PARTS.get(f"{implementer}/{part}", "")
        number = f"{implementer} {part}".strip()
        name = f"{cpu_name} ({number})" if cpu_name else fields.get("model name") or number
        return {"cpu": name, "cpu_vendor": implementer, "cpu_level": machine}
    return {
        "cpu": " ".join(fields.get("model name", "").split()),
        "cpu_vendor": fields.get("vendor_id", ""),
        "cpu_level": cpu_level(set(fields.get("flags", "").split())),
    }


def cpu_level(flags: set[str]) -> str:
    """Return the highest x86-64 level whose features, and those of all levels below, are there."""
    reached = "x86-64-v1"
    for level, needed in _LEVELS:
        if not needed <= flags:
            break
        reached = level
    return reached


def _fields(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if not line.strip():
            return
        if colon:
            yield name.strip(), value.strip()


def _cpu_of_linux(machine: str) -> dict[str, str]:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as file:
            return parse_cpuinfo(file.read(1 << 16), machine)
    except OSError:
        return parse_cpuinfo("", machine)


def parse_sysctl(text: str, machine: str) -> dict[str, str]:
    """Return what `parse_cpuinfo` returns, from the output of `sysctl machdep.cpu`."""
    fields = dict(_fields(text))
    spaced = " ".join(
        value
        for name, value in fields.items()
        if name.endswith(("features", "leaf7_features", "extfeatures"))
    )
    flags = {_SYSCTL_NAMES.get(flag, flag) for flag in spaced.lower().split()}
    return {
        "cpu": fields.get("machdep.cpu.brand_string", ""),
        "cpu_vendor": fields.get("machdep.cpu.vendor", "Apple" if machine == "aarch64" else ""),
        "cpu_level": cpu_level(flags) if machine == "x86_64" else machine,
    }


def _cpu_of_macos(machine: str) -> dict[str, str]:
    import subprocess

    try:
        done = subprocess.run(
            ["/usr/sbin/sysctl", "machdep.cpu"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return parse_sysctl("", machine)
    return parse_sysctl(done.stdout, machine)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 0


def _libc() -> str:
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (OSError, ValueError):  # musl and macOS do not know the name
        return ""
