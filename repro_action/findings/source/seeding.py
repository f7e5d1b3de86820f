# SPDX-License-Identifier: Apache-2.0
"""Which libraries' global generators a program gives a seed."""

from __future__ import annotations

import ast

from repro_action.pyanalysis.program import SourceProgram
from repro_action.pyanalysis.syntax import constant, last_part

_SEEDING = {
    "numpy.random.seed": ("numpy",),
    "random.seed": ("random",),
    "torch.manual_seed": ("torch",),
    "torch.random.manual_seed": ("torch",),
    "tensorflow.random.set_seed": ("tensorflow",),
    "tensorflow.keras.utils.set_random_seed": ("tensorflow", "numpy", "random", "torch"),
    "keras.utils.set_random_seed": ("tensorflow", "numpy", "random", "torch"),
}
_SEEDING_BY_LAST_NAME = {
    "seed_everything": ("numpy", "random", "torch"),
    "set_seed": ("numpy", "random", "torch", "tensorflow"),
    "set_random_seed": ("numpy", "random", "torch", "tensorflow"),
    "fix_seed": ("numpy", "random", "torch"),
}


def seeded_libraries(program: SourceProgram) -> frozenset[str]:
    """Return the libraries whose global generator is given a seed anywhere; a seed of `None` is none."""
    found: set[str] = set()
    for module in program.modules.values():
        for call in module.each(ast.Call):
            given = [*call.args, *(item.value for item in call.keywords)]
            if given and constant(given[0]) is not None:
                dotted = module.dotted(call.func)
                found.update(_SEEDING.get(dotted) or _SEEDING_BY_LAST_NAME.get(last_part(dotted), ()))
    return frozenset(found)
