# SPDX-License-Identifier: Apache-2.0
"""A step that executes a notebook, as the program that does it: a part of the hook.

It runs where every other command runs: enclosed, with the hook, seeds and settings of the step.
"""

from __future__ import annotations

import posixpath
from dataclasses import replace

from repro_action.config.model import Step

MODULE = "repro_hook.notebook"


def as_program(step: Step) -> Step:
    """Return a step with the command that executes its notebook; other steps as they are."""
    if not step.notebook:
        return step
    folder = step.cwd or "."
    params = [word for path in step.params for word in ("-f", posixpath.relpath(path, folder))]
    return replace(step, run=("python", "-m", MODULE, *params, "--", *step.run[1:]))
