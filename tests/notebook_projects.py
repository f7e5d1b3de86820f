# SPDX-License-Identifier: Apache-2.0
"""Notebooks that real kernels execute, with nbclient, ipykernel and papermill of `.venv-tools`: `make tools`."""

from __future__ import annotations

import json
from pathlib import Path

from required import program_of


def tool(name: str) -> str:
    """Return a program of `.venv-tools`; skip the test where it is not installed."""
    return str(program_of("tools", name, package="papermill"))


def code(source: str, *tags: str, outputs: tuple = (), count: int | None = None) -> dict:
    return {
        "cell_type": "code",
        "id": f"c{abs(hash(source)) % 10**8}",
        "metadata": {"tags": list(tags)} if tags else {},
        "execution_count": count,
        "outputs": list(outputs),
        "source": source,
    }


def notebook(*cells: dict | str, **metadata: object) -> str:
    """Return the text of a notebook; a text is a code cell that was not executed."""
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"kernelspec": spec, **metadata},
            "cells": [code(cell) if isinstance(cell, str) else cell for cell in cells],
        }
    )


def printed(book: Path) -> list[str]:
    """Return what each code cell of a notebook printed."""
    return [
        "".join("".join(one["text"]) for one in cell["outputs"] if one["output_type"] == "stream")
        for cell in json.loads(book.read_text())["cells"]
        if cell["cell_type"] == "code"
    ]
