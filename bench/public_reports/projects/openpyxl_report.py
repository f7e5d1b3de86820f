# SPDX-License-Identifier: Apache-2.0
"""Figures in a workbook."""
from pathlib import Path

import openpyxl

book = openpyxl.Workbook()
book.active.append(["metric", "value"])
book.active.append(["accuracy", 0.875])
Path("out").mkdir(exist_ok=True)
book.save("out/figures.xlsx")
