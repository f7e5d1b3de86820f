# SPDX-License-Identifier: Apache-2.0
"""Variations of arithmetic: threads, and the kernels that libraries choose by CPU."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.determinism.knob import Knob
from repro_action.determinism.knobs import KNOBS
from repro_action.interpreter.environment import Environment
from repro_action.probe.variations.check import cpu_flags
from repro_action.probe.variations.protocol import Plain, pick
from repro_action.steps.disturbance import Disturbance

THREADS = tuple(sorted({knob.variable for knob in KNOBS if knob.value == "{threads}"}))
_MKL = ("torch", "tensorflow", "mkl", "intel-numpy")
_ISA = ("torch", "tensorflow", "jax", "jaxlib")


@dataclass(frozen=True, slots=True, kw_only=True)
class Threads(Plain):
    """Libraries use another number of threads."""

    name: str = "threads"
    what: str = "the number of threads: the order of sums"
    numeric: bool = True

    def disturb(self, environment: Environment, *, round_number: int) -> Disturbance:
        """Ask for one thread, then for several; more than there are cores are still asked for."""
        del environment
        return Disturbance(under=dict.fromkeys(THREADS, pick(("1", "4", "3"), round_number)))

    def unpin(self, environment: Environment, *, round_number: int) -> Disturbance | None:
        """Ask for several."""
        del environment
        variables = dict.fromkeys(THREADS, pick(("2", "4", "3"), round_number))
        return Disturbance(over={**variables, "OMP_THREAD_LIMIT": ""}, hook={"REPRO_CAP_THREADS": ""})

    def pin(self, environment: Environment) -> Disturbance | None:
        """Ask for one, also where the configuration allows more."""
        del environment
        return Disturbance(over=dict.fromkeys(THREADS, "1"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Blas(Plain):
    """OpenBLAS and MKL use the kernels of another CPU."""

    name: str = "blas"
    what: str = "BLAS kernels, which OpenBLAS and MKL choose by CPU"
    numeric: bool = True

    def unavailable(self, environment: Environment, within: tuple[str, ...] = ()) -> str:
        """Return why there is no other kernel."""
        del within
        if environment.circumstances.get("os") == "Darwin":
            return "on macOS NumPy uses Accelerate, which cannot be set"
        return "" if len(_kernels(environment)) > 1 else "this CPU runs only one set of kernels"

    def disturb(self, environment: Environment, *, round_number: int) -> Disturbance:
        """Have the kernels of an older CPU."""
        kernels = _kernels(environment)
        return Disturbance(under=_blas(environment, pick((*kernels[1:], kernels[0]), round_number)))

    def unpin(self, environment: Environment, *, round_number: int) -> Disturbance | None:
        """Have the kernels that this CPU would choose, then those of an older one."""
        kernels = tuple(kernel for kernel in _kernels(environment) if kernel not in {"Haswell", "ARMV8"})
        return Disturbance(over=_blas(environment, pick(kernels, round_number))) if kernels else None


def _kernels(environment: Environment) -> tuple[str, ...]:
    """Return what this CPU can run, the newest first; an unknown name would change nothing."""
    if environment.circumstances.get("machine") == "aarch64":
        newer = ("NEOVERSEN1",) if "asimddp" in cpu_flags() else ()
        return (*newer, "CORTEXA57", "ARMV8")
    flags = cpu_flags()
    needed = (
        ("SkylakeX", {"avx512f", "avx512bw", "avx512dq", "avx512vl"}),
        ("Haswell", {"avx2", "fma"}),
        ("Sandybridge", {"avx"}),
        ("Nehalem", {"sse4_2"}),
    )
    return tuple(kernel for kernel, wanted in needed if wanted <= flags)


def _blas(environment: Environment, kernel: str) -> dict[str, str]:
    variables = {"OPENBLAS_CORETYPE": kernel}
    if _has(environment, _MKL):
        variables["MKL_CBWR"] = "AVX512" if kernel == "SkylakeX" else "COMPATIBLE"
    return variables


@dataclass(frozen=True, slots=True, kw_only=True)
class NumpyDispatch(Plain):
    """NumPy's loops are those of another CPU."""

    name: str = "numpy-dispatch"
    what: str = "NumPy's loops and sorts, chosen by CPU"
    numeric: bool = True

    def unavailable(self, environment: Environment, within: tuple[str, ...] = ()) -> str:
        """Return why NumPy does not choose."""
        del within
        if not _has(environment, ("numpy",)):
            return "NumPy is not installed"
        x86 = environment.circumstances.get("machine") == "x86_64"
        return "" if x86 else "NumPy's features have other names on this CPU"

    def disturb(self, environment: Environment, *, round_number: int) -> Disturbance:
        """Have only what an older CPU has."""
        v3 = next((knob.value for knob in self._knobs(environment)), "")
        wide = "avx512f" in cpu_flags() and bool(v3)
        # An allow-list and a deny-list together are an error for NumPy.
        return Disturbance(
            under={
                "NPY_ENABLE_CPU_FEATURES": pick((v3, " ") if wide else (" ",), round_number),
                "NPY_DISABLE_CPU_FEATURES": "",
            }
        )

    def unpin(self, environment: Environment, *, round_number: int) -> Disturbance | None:
        """Have all that this CPU has, or only what every CPU has; nothing of what is pinned."""
        if not self._knobs(environment):
            return None
        wide = "avx512f" in cpu_flags()
        return Disturbance(
            over={"NPY_ENABLE_CPU_FEATURES": pick(("", " ") if wide else (" ",), round_number)}
        )

    @staticmethod
    def _knobs(environment: Environment) -> tuple[Knob, ...]:
        from repro_action.determinism.profile import applicable

        return tuple(
            knob for knob in applicable("portable", environment) if knob.variable == "NPY_ENABLE_CPU_FEATURES"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TorchIsa(Plain):
    """PyTorch's and oneDNN's loops are those of another CPU."""

    name: str = "torch-isa"
    what: str = "instruction sets that PyTorch and oneDNN choose by CPU"
    numeric: bool = True

    def unavailable(self, environment: Environment, within: tuple[str, ...] = ()) -> str:
        """Return why there is nothing that chooses."""
        del within
        if environment.circumstances.get("machine") != "x86_64":
            return "its names are those of x86-64"
        return "" if _has(environment, _ISA) else "neither PyTorch, TensorFlow nor JAX is installed"

    def disturb(self, environment: Environment, *, round_number: int) -> Disturbance:
        """Have what an older CPU has."""
        del environment
        wide = "avx512f" in cpu_flags()
        return Disturbance(under=_isa(pick(("avx2", "default") if wide else ("default",), round_number)))

    def unpin(self, environment: Environment, *, round_number: int) -> Disturbance | None:
        """Have all that this CPU has, then what every CPU has."""
        del environment
        wide = "avx512f" in cpu_flags()
        return Disturbance(over=_isa(pick(("", "default") if wide else ("default",), round_number)))


def _isa(level: str) -> dict[str, str]:
    other = {"avx2": "AVX2", "default": "SSE41", "": ""}[level]
    return {"ATEN_CPU_CAPABILITY": level, "ONEDNN_MAX_CPU_ISA": other}


@dataclass(frozen=True, slots=True, kw_only=True)
class Libm(Plain):
    """The C library's mathematical functions are those of another CPU.

    All machines of class x86_64-v3 have FMA, and hence the same functions; so without FMA
    is a lifted pin, which the class itself holds.

    Attributes:
        name, what, numeric, pinned_by: see `Variation`.
    """

    name: str = "libm"
    what: str = "exp, log and sin of the C library, chosen by CPU"
    numeric: bool = True
    pinned_by: str = "x86_64-v3"

    def unavailable(self, environment: Environment, within: tuple[str, ...] = ()) -> str:
        """Return why the C library does not choose."""
        del within
        around = environment.circumstances
        if not around.get("libc", "").startswith("glibc"):
            return "only glibc can be set"
        if around.get("machine") != "x86_64":
            return "glibc chooses by CPU on x86-64 only"
        return "" if {"avx2", "fma"} <= cpu_flags() else "this CPU has no FMA that could be left out"

    def disturb(self, environment: Environment, *, round_number: int) -> Disturbance:
        """Leave out AVX-512, as another machine of the same class does."""
        del round_number
        return Disturbance(under={"GLIBC_TUNABLES": _tunable(environment, ("AVX512F", "AVX512VL"))})

    def unpin(self, environment: Environment, *, round_number: int) -> Disturbance | None:
        """Leave out FMA and AVX2 too, as a machine below the class does."""
        del round_number
        names = ("AVX2", "FMA", "AVX512F", "AVX512VL")
        return Disturbance(over={"GLIBC_TUNABLES": _tunable(environment, names)})


def _tunable(environment: Environment, names: tuple[str, ...]) -> str:
    version = environment.circumstances.get("libc", "").removeprefix("glibc ").split(".")
    # Before 2.33 the names said that a feature is usable, not that it is there.
    old = version[1:2] and version[1].isdigit() and int(version[1]) < 33
    return "glibc.cpu.hwcaps=" + ",".join(f"-{name}{'_Usable' if old else ''}" for name in names)


def _has(environment: Environment, names: tuple[str, ...]) -> bool:
    return any(package.name.startswith(names) for package in environment.distributions)
