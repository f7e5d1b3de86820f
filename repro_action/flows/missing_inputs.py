# SPDX-License-Identifier: Apache-2.0
"""Names all that a failed step is known to lack in one failure, what its source would read next included."""

from __future__ import annotations

from repro_action.config.model import Config
from repro_action.init.seen_files import SeenFiles
from repro_action.init.source_reads import step_reads
from repro_action.runs.run import Stopped
from repro_action.sandbox.diagnosis import declare_remedy


def with_known_reads(config: Config, error: Stopped) -> Stopped:
    """Return a failure for want of inputs with those added that the step's source surely reads, too.

    Any other failure is returned as it is: what a source reads says nothing of it.
    """
    step = next((step for step in config.steps if step.name == error.records[-1].name), None)
    if step is None or not error.undeclared:
        return error
    known = step_reads(step, SeenFiles(config.root))
    more = [path for path in known if path not in error.undeclared]
    if more:
        error.undeclared = (*error.undeclared, *more)
        error.remedy = declare_remedy(step.name, error.undeclared)
    return error
