# SPDX-License-Identifier: Apache-2.0
"""A figure as PDF."""
from pathlib import Path

import matplotlib.pyplot as plt

figure, axes = plt.subplots()
axes.plot([0, 1, 2], [3, 1, 2])
Path("out").mkdir(exist_ok=True)
figure.savefig("out/loss.pdf")
