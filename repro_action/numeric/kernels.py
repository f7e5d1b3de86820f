# SPDX-License-Identifier: Apache-2.0
"""Kernels of BLAS by what was measured of them, in `kernels.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from repro_action.numeric.signature import NumericSignature

OPERATIONS = tuple(f"{name}{bits}" for name in ("dot", "gemv", "gemv_t", "gemm", "fma") for bits in (32, 64))
"""What BLAS decides; sums and elementary functions are NumPy's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKernel:
    """Kernels that compute alike.

    Attributes:
        library: such as `OpenBLAS`.
        names: as the library calls them, the best known first.
        measured: with which releases.
        operations: name → digest, of `OPERATIONS`.
    """

    library: str
    names: tuple[str, ...]
    measured: str
    operations: Mapping[str, str]

    @property
    def text(self) -> str:
        """For people: `OpenBLAS Haswell/Zen`."""
        return f"{self.library} {'/'.join(self.names)}"


@cache
def known_kernels() -> tuple[KnownKernel, ...]:
    """Return the table."""
    rows = json.loads(files(__package__).joinpath("kernels.json").read_text(encoding="utf-8"))
    return tuple(
        KnownKernel(
            library=row["library"],
            names=tuple(row["names"]),
            measured=row["measured"],
            operations=row["operations"],
        )
        for row in rows
    )


def kernel_of(signature: NumericSignature) -> KnownKernel | None:
    """Return the kernel whose every operation associates and fuses as the signature says; None for none."""
    seen = {name: signature.operations.get(name) for name in OPERATIONS}
    return next((kernel for kernel in known_kernels() if kernel.operations == seen), None)


def kernel_name(signature: NumericSignature) -> str:
    """Return the name of its kernel for people: `OpenBLAS Haswell/Zen`, or `unknown kernel`."""
    kernel = kernel_of(signature)
    return kernel.text if kernel is not None else "unknown kernel"


def shown(signature: NumericSignature) -> str:
    """Return a signature for people: its digest, and the kernel."""
    return f"{signature.digest} ({kernel_name(signature)})"
