# SPDX-License-Identifier: Apache-2.0
"""All variations, in the order of their names."""

from __future__ import annotations

from repro_action.probe.variations.labels import Locale, Time, Timezone
from repro_action.probe.variations.libraries import Blas, Libm, NumpyDispatch, Threads, TorchIsa
from repro_action.probe.variations.orders import FileOrder, HashSeed
from repro_action.probe.variations.places import BuildPath, Home, Noise, UserHost
from repro_action.probe.variations.processes import (
    Affinity,
    Again,
    Aslr,
    Garbage,
    ProcessIds,
    ReproSeed,
    Umask,
)
from repro_action.probe.variations.protocol import Variation

VARIATIONS: tuple[Variation, ...] = (
    Again(),
    ReproSeed(),
    HashSeed(),
    Threads(),
    Blas(),
    NumpyDispatch(),
    TorchIsa(),
    Libm(),
    Noise(),
    BuildPath(),
    Home(),
    Umask(),
    Locale(),
    Timezone(),
    Time(),
    FileOrder(),
    UserHost(),
    ProcessIds(),
    Aslr(),
    Garbage(),
    Affinity(),
)
