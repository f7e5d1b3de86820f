# SPDX-License-Identifier: Apache-2.0
"""A figure as SVG, with clip paths and markers."""
from pathlib import Path

import matplotlib.pyplot as plt

figure, axes = plt.subplots()
axes.plot([0, 1, 2], [3, 1, 2], "o-")
axes.fill_between([0, 1, 2], [0, 1, 0], hatch="/")
Path("out").mkdir(exist_ok=True)
figure.savefig("out/loss.svg")
