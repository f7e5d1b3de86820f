# SPDX-License-Identifier: Apache-2.0
"""The kernel of one notebook, and its cells one after the other; with the step's own nbclient."""

from __future__ import annotations

import importlib
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional  # noqa: UP035 -- Python 3.8 may read it

SHUTDOWN = 60.0
"""Seconds for the kernel to end by itself: the hook's report is written then."""
LATENCY = 600
"""Seconds for the kernel to start, and for outputs after a cell has ended, on a machine under load."""


class CellError:
    """What a cell failed with.

    Attributes:
        name: of the cell.
        output: as notebooks store errors.
    """

    def __init__(self, name: str, output: Any) -> None:
        self.name = name
        self.output = output


def run(notebook: Any, names: List[str], path: str, folder: str) -> Optional[CellError]:  # noqa: UP006, UP045
    """Execute the cells of a notebook in place.

    Args:
        notebook: of nbformat 4.
        names: of its cells.
        path: of its file.
        folder: for sockets and what Jupyter and IPython keep; no settings of the user's are read.
    """
    for variable in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        os.environ[variable] = os.path.join(folder, variable.lower())  # noqa: PTH118
    nbclient: Any = importlib.import_module("nbclient")
    manager = _manager(path, folder)
    client = _client(nbclient)(
        notebook,
        km=manager,
        timeout=None,
        startup_timeout=LATENCY,
        iopub_timeout=LATENCY,
        raise_on_iopub_timeout=True,
        store_widget_state=False,
        record_timing=False,
        coalesce_streams=True,
    )
    with client.setup_kernel(cleanup_kc=True):
        for index, cell in enumerate(notebook.cells):
            if cell.cell_type != "code":
                continue
            print(f"{names[index]} of {len(names)}", flush=True)  # noqa: T201 -- the step's log
            try:
                client.execute_cell(cell, index, execution_count=client.code_cells_executed + 1)
            except nbclient.exceptions.CellExecutionError as error:
                found = [one for one in cell.outputs if one.output_type == "error"]
                return CellError(names[index], found[-1] if found else {"ename": str(error.ename)})
            except nbclient.exceptions.DeadKernelError:
                return CellError(names[index], {"ename": "DeadKernelError", "evalue": "the kernel died"})
    return None


def _manager(path: str, folder: str) -> Any:
    """Return a manager of this interpreter's own kernel, over sockets in a folder: no network is needed.

    No kernel specification is looked up: one can name any program.
    """
    specs: Any = importlib.import_module("jupyter_client.kernelspec")
    manager: Any = importlib.import_module("jupyter_client.manager")

    def get_kernel_spec(self: object, kernel_name: str) -> Any:  # noqa: ARG001
        argv = [sys.executable, "-m", "repro_hook.notebook.kernel", path, "-f", "{connection_file}"]
        return specs.KernelSpec(argv=argv, display_name=kernel_name, language="python")

    own: Any = type("OwnKernel", (specs.KernelSpecManager,), {"get_kernel_spec": get_kernel_spec})
    made = manager.AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=own(),
        transport="ipc",
        ip=os.path.join(folder, "kernel"),  # noqa: PTH118
        connection_file=os.path.join(folder, "kernel.json"),  # noqa: PTH118
    )
    made.shutdown_wait_time = SHUTDOWN
    return made


def _client(nbclient: Any) -> Any:
    """Return a client that shows in the log what cells print."""
    usual: Any = nbclient.NotebookClient

    def output(self: object, outs: Any, msg: Any, *more: Any) -> Any:
        content = msg["content"]
        if msg["msg_type"] == "stream":
            stream = sys.stderr if content.get("name") == "stderr" else sys.stdout
            stream.write(str(content.get("text", "")))
            stream.flush()
        return usual.output(self, outs, msg, *more)

    return type("ShowingClient", (usual,), {"output": output})
