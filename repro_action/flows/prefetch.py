# SPDX-License-Identifier: Apache-2.0
"""What a verification needs later, done while it waits and it costs no time: loading, git, the program."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING

from repro_action.config.model import Config
from repro_action.errors import ReproError
from repro_action.history import History

if TYPE_CHECKING:
    from repro_action.interpreter.environment import Environment
    from repro_action.runs.numeric import NumericReading
    from repro_action.sandbox.protocol import Sandbox

_TEXTS = (".json", ".csv", ".tsv", ".txt", ".log", ".md", ".toml", ".yaml", ".yml", ".html", ".svg")
"""Outputs that are read without NumPy."""

_PICKLES = (".joblib", ".pkl", ".pickle", ".pt", ".pth", ".skops")
"""Outputs that are read with more: trees of a forest are arrays with fields, whose module takes 50 ms."""

_THREADS = "OPENBLAS_NUM_THREADS"

_NEEDED_BY_STEPS = (
    "repro_action.sandbox.enclosure",
    "repro_action.runs.run",
    "repro_action.runs.stash",
    "blake3",
    "sqlite3",
)

_NEEDED = (
    "repro_action.sandbox.diagnosis",
    "repro_action.flows.assessment",
    "repro_action.readers.statistics",
    "repro_action.report.json.report",
    "repro_action.report.render.markdown.report",
    "repro_action.report.render.terminal.report",
    "rich.console",
    "rich.table",
    "rich.tree",
)


def load_run() -> None:
    """Import what running steps needs.

    What cannot be imported fails where it is used.
    """
    with suppress(ImportError):
        for name in _NEEDED_BY_STEPS:
            import_module(name)


def load(config: Config) -> None:
    """Import readers and reports, and start the process that reads, while a step trains.

    The second call finds them there.

    What cannot be imported fails where it is used, with the story that belongs to it.
    """
    from repro_action import reading
    from repro_action.readers import load_readers
    from repro_action.report.render.markdown.templating import load_templates

    with suppress(ImportError):
        load_readers()
        for name in _NEEDED:
            import_module(name)
        load_templates()
        _derive_documents()
        outputs = [output for step in config.steps for output in step.outputs]
        if any(not output.endswith(_TEXTS) for output in outputs):
            _import_numpy()
        if any(output.endswith(_PICKLES) for output in outputs):
            import_module("pickletools")
            import_module("numpy.lib.recfunctions")
    with suppress(OSError):
        reading.start()  # last: what is loaded by now is loaded in the process that reads


def look_ahead(history: History, baseline: str, read_code: Callable[[], object]) -> Thread:
    """Ask git beside the first step what a report says of the commit, and read the program.

    What cannot be answered is an error where it is needed.

    Args:
        history: that remembers.
        baseline: name of the baseline's file.
        read_code: works out of the program what is remembered.
    """

    def work() -> None:
        with suppress(ReproError, OSError):
            if history.commit("HEAD") is not None:
                history.uncommitted_files()
                list(history.versions(baseline))
            read_code()

    thread = Thread(target=work, name="look-ahead", daemon=True)
    thread.start()
    return thread


def numeric_reading(config: Config, environment: Environment, sandbox: Sandbox) -> NumericReading:
    """Return what reads beside the first step how the steps' interpreter computes; it is not started yet."""
    from repro_action.runs.numeric import NumericReading

    return NumericReading(config=config, environment=environment, sandbox=sandbox)


def _import_numpy() -> None:
    """Import NumPy without the threads of OpenBLAS, which nothing here uses.

    They spin for a tenth of a second beside the step when they start.
    """
    before = os.environ.get(_THREADS)
    os.environ[_THREADS] = "1"
    try:
        import_module("numpy")
    finally:
        if before is None:
            del os.environ[_THREADS]
        else:
            os.environ[_THREADS] = before


def _derive_documents() -> None:
    """Derive the types of the documents that a run ends with: its candidate and its report."""
    from repro_action.baseline import Baseline
    from repro_action.codec import baseline
    from repro_action.codec.typed.wire import wire_type
    from repro_action.report.json import layout
    from repro_action.report.model import Report

    wire_type(Baseline, baseline.LAYOUT, writing=True)
    wire_type(Report, layout.LAYOUT, writing=True)
