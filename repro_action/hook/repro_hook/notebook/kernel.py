# SPDX-License-Identifier: Apache-2.0
"""Starts ipykernel as Jupyter would, with cells named after their notebook instead of a temporary file.

`python -m repro_hook.notebook.kernel NOTEBOOK -f CONNECTION`: the hook, which is in this process as in every
other, then says `report.ipynb: cell 3` where it would name a file.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import sys

from repro_hook.notebook.cells import CellNames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def main() -> None:
    """Run the kernel until it is told to end."""
    notebook = sys.argv.pop(1)
    if os.environ.get("MPLBACKEND", "").lower() == "agg":
        del os.environ["MPLBACKEND"]  # repro's setting for scripts; ipykernel draws into the notebook
    # As `ipykernel_launcher` does: the shell itself puts the working folder on the path.
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder or ".") != os.getcwd()]  # noqa: PTH100, PTH109
    with open(notebook, encoding="utf-8") as file:  # noqa: PTH123 -- pathlib is not loaded yet
        names = CellNames(os.path.abspath(notebook), json.load(file)["cells"])  # noqa: PTH100
    compiler: Any = importlib.import_module("ipykernel.compiler").XCachingCompiler
    usual = compiler.get_code_name

    def get_code_name(self: object, raw_code: str, code: str, number: int) -> str:
        return names.name(raw_code) or str(usual(self, raw_code, code, number))

    compiler.get_code_name = get_code_name
    application: Any = importlib.import_module("ipykernel.kernelapp").IPKernelApp.instance()
    # What an earlier session typed is no input, and its database would be a file that nobody declares.
    application.initialize([*sys.argv[1:], "--HistoryManager.enabled=False"])
    shell = application.shell
    shell.user_ns.pop("open", None)  # a wrapper that would be named in the place of `open`
    generator = CellsOwnRandom()
    shell.events.register("pre_execute", generator.resume)
    shell.events.register("post_execute", generator.leave)
    application.start()


class CellsOwnRandom:
    """Keeps the state of `random` for the cells: Jupyter draws from it as well, as often as time permits."""

    def __init__(self) -> None:
        self.state: Any = None

    def resume(self) -> None:
        """Before a cell: go on where the last one ended; at first, where the hook's seed begins."""
        if self.state is not None:
            random.setstate(self.state)
            return
        seed = os.environ.get("REPRO_SEED", "")
        if seed:
            random.seed(int(seed))

    def leave(self) -> None:
        """After a cell."""
        self.state = random.getstate()


if __name__ == "__main__":
    main()
