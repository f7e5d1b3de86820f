# SPDX-License-Identifier: Apache-2.0
"""All variations, in the order of their names."""

from __future__ import annotations

from repro_action.variations.libraries import Blas, Libm, NumpyDispatch, Threads, TorchIsa
from repro_action.variations.orders import FileOrder, HashSeed
from repro_action.variations.places import BuildPath, Home, Noise, UserHost
from repro_action.variations.processes import Affinity, Again, Aslr, Garbage, Umask
from repro_action.variations.protocol import Variation
from repro_action.variations.words import Locale, Time, Timezone

VARIATIONS: tuple[Variation, ...] = (
    Again(),
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
    Aslr(),
    Garbage(),
    Affinity(),
)
