# SPDX-License-Identifier: Apache-2.0
"""Write a figure with Matplotlib: `write_svg.py FILE`."""

import sys

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(2, 1))
axes.plot([0, 1], [1, 0], marker="o")
axes.fill_between([0, 1], [0, 1], hatch="/")
axes.set_xticks([])
axes.set_yticks([])
figure.savefig(sys.argv[1])
