# SPDX-License-Identifier: Apache-2.0
"""Who reads a clock at a line: the project's own code, or compiled code of a library that it calls there."""

from __future__ import annotations

import ast
import sys

from repro_action.observation import Observation, ObservationKind
from repro_action.pyanalysis.program import SourceProgram

_CLOCKS = {"time", "datetime", "os", "timeit", "uuid"}


def read_by_a_library(program: SourceProgram, one: Observation) -> bool:
    """Whether a line calls a package that is installed and names no clock itself.

    Args:
        program: the files of the step.
        one: what was seen there.
    """
    module = program.modules.get(one.file)
    if one.kind is not ObservationKind.CLOCK or module is None:
        return False
    own = {path.replace("/", ".").removesuffix(".py").partition(".")[0] for path in program.modules}
    imported = {name.partition(".")[0] for name in module.aliases.values()}
    installed = False
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.expr) or not node.lineno <= one.line <= (node.end_lineno or node.lineno):
            continue
        root = module.dotted(node).partition(".")[0]
        if isinstance(node, ast.Name | ast.Attribute) and root in _CLOCKS:
            return False
        if isinstance(node, ast.Call):
            if root not in imported:
                return False
            installed = installed or (root not in sys.stdlib_module_names and root not in own)
    return installed
