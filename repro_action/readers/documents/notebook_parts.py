# SPDX-License-Identifier: Apache-2.0
"""The rules for notebooks: runs, addresses, logs and widgets."""

from __future__ import annotations

from repro_action.readers.accidental_part import AccidentalPart

NOTEBOOK = (
    AccidentalPart(
        rule="notebook-runs",
        library="Jupyter",
        what="ids of cells, counts and times of executions, papermill's metadata, the language's and that of "
        "outputs, and the state of widgets in a `.ipynb` file",
        why="random, or the clock and the number of runs in one kernel",
        source="https://nbformat.readthedocs.io/en/latest/format_description.html",
    ),
    AccidentalPart(
        rule="notebook-addresses",
        library="Jupyter",
        what="the address in `<object at 0x…>` in the text of an output of a `.ipynb` file",
        why="an address in memory",
        source="https://docs.python.org/3/reference/datamodel.html#object.__repr__",
    ),
    AccidentalPart(
        rule="notebook-logs",
        library="Jupyter",
        what="what cells of a `.ipynb` file wrote to standard error, and the traceback of an error's output",
        why="warnings and logs name times, processes and places of packages, as those of a step do",
        source="https://nbformat.readthedocs.io/en/latest/format_description.html",
    ),
    AccidentalPart(
        rule="notebook-widgets",
        library="Jupyter",
        what="ids of widgets among the outputs of a `.ipynb` file",
        why="random",
        source="https://ipywidgets.readthedocs.io/en/stable/embedding.html",
    ),
)
