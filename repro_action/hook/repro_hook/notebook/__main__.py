# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: T201 -- what it prints goes to the log of the step
"""`python -m repro_hook.notebook [-f PARAMS]... NOTEBOOK [EXECUTED]`: execute a notebook like papermill."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import re
import sys
import tempfile

from repro_hook.notebook.cells import Refused, cell_name, inject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List  # noqa: UP035 -- Python 3.8 may read it

NEEDED = ("nbclient", "nbformat", "ipykernel")
LARGEST = 1 << 28
"""Bytes of a notebook that is executed."""
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_CHAINED = re.compile(
    r"The above exception was the direct cause of the following exception:"
    r"|During handling of the above exception, another exception occurred:"
)
_LINE = re.compile(r"(?:Cell In\s?\[\d+\], line |<ipython-input-[^>]*>[^\n]*\n-+> )(\d+)")


def main() -> int:
    """Execute a notebook; the exit status is 0 where all of its cells ran."""
    parser = argparse.ArgumentParser(prog="notebook")
    parser.add_argument("-f", dest="params", action="append", default=[])
    parser.add_argument("notebook")
    parser.add_argument("executed", nargs="?", default="")
    options = parser.parse_args()
    # `-m` puts the working folder first: what is imported here is the environment's, not the project's.
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder or ".") != os.getcwd()]  # noqa: PTH100, PTH109
    try:
        require()
        return execute(options.notebook, options.executed, options.params)
    except Refused as error:
        print(f"repro: {options.notebook}: {error}", file=sys.stderr)
        return 2


def require() -> None:
    """Look for what executes notebooks.

    Raises:
        Refused: something is missing.
    """
    util = importlib.import_module("importlib.util")
    missing = [name for name in NEEDED if util.find_spec(name) is None]
    if missing:
        raise Refused(f"the environment of the step cannot execute notebooks without {', '.join(missing)}")


def execute(path: str, executed: str, params: List[str]) -> int:  # noqa: UP006
    """Execute a notebook and write the executed copy.

    Args:
        path: of the notebook.
        executed: of the copy; empty for none.
        params: files with parameters, later ones winning.

    Raises:
        Refused: it cannot be executed.
    """
    nbformat: Any = importlib.import_module("nbformat")
    notebook = read(nbformat, path)
    names = [cell_name(path, index + 1) for index in range(len(notebook.cells))]
    if params:
        values: Dict[str, object] = {}  # noqa: UP006
        for file in params:
            values.update(read_params(file))
        size = len(notebook.cells)
        place = inject(notebook.cells, values, nbformat.v4.new_code_cell())
        if place >= 0:
            names[place : place + size + 1 - len(notebook.cells)] = [f"{path}: injected parameters"]
    from repro_hook.notebook.client import run

    with tempfile.TemporaryDirectory(prefix="repro-") as folder:
        error = run(notebook, names, path, folder)
    if error is not None:
        explain(error.name, error.output)
        return 1
    if executed:
        folder = os.path.dirname(executed)  # noqa: PTH120
        os.makedirs(folder or ".", exist_ok=True)  # noqa: PTH103
        nbformat.write(notebook, executed)
    return 0


def read(nbformat: Any, path: str) -> Any:
    """Return a notebook in format 4, without what an earlier execution left.

    Raises:
        Refused: it is none, or not for Python.
    """
    try:
        large = os.path.getsize(path) > LARGEST  # noqa: PTH202
    except OSError as error:
        raise Refused(f"it cannot be read: {error.strerror}") from error
    if large:
        raise Refused(f"it is larger than {LARGEST >> 20} MiB: clear its outputs")
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:
        raise Refused(f"it is not a valid notebook: {str(error)[:300]}") from error
    spec = notebook.metadata.get("kernelspec") or {}
    language = notebook.metadata.get("language_info") or {}
    spoken = str(spec.get("language") or language.get("name") or "python").lower()
    if spoken not in ("python", "ipython", "python3"):
        raise Refused(f"it is written in {spoken[:40]!r}, and only Python is executed")
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def read_params(path: str) -> Dict[str, object]:  # noqa: UP006
    """Return the parameters of a JSON, TOML or YAML file.

    Raises:
        Refused: it cannot be read here, or holds no table.
    """
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        text = file.read()
    reader, name = json.loads, "json"
    if path.endswith((".toml", ".yaml", ".yml")):
        wanted = ("tomllib", "tomli") if path.endswith(".toml") else ("yaml",)
        util = importlib.import_module("importlib.util")
        name = next((one for one in wanted if util.find_spec(one) is not None), "")
        if not name:
            package = {"tomllib": "tomli", "yaml": "pyyaml"}[wanted[0]]
            raise Refused(f"its parameters in {path} cannot be read without {package}")
        module: Any = importlib.import_module(name)
        reader = module.safe_load if name == "yaml" else module.loads
    try:
        found = reader(text) or {}
    except ValueError as error:
        raise Refused(f"its parameters in {path} cannot be read: {str(error)[:300]}") from error
    except Exception as error:
        if name != "yaml":
            raise
        raise Refused(f"its parameters in {path} cannot be read: {str(error)[:300]}") from error
    if not isinstance(found, dict):
        raise Refused(f"its parameters in {path} are not a table")
    return {str(key): value for key, value in found.items()}


def explain(name: str, output: Any) -> None:
    """Print what a cell failed with, the place in the last line."""
    trace = _ANSI.sub("", "\n".join(map(str, output.get("traceback") or ())))
    trace = _CHAINED.split(trace)[-1]  # what it began with would be taken for the cause
    lines = _LINE.findall(trace)
    if trace:
        print(trace, file=sys.stderr)
    place = f"{name}, line {lines[-1]}" if lines else name
    first = str(output.get("evalue", "")).partition("\n")[0]
    print(f"{place}: {output.get('ename', 'error')}: {first}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
