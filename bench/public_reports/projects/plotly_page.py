# SPDX-License-Identifier: Apache-2.0
"""A figure and a table as pages."""
from pathlib import Path

import pandas
import plotly.graph_objects

Path("out").mkdir(exist_ok=True)
figure = plotly.graph_objects.Figure(data=[plotly.graph_objects.Bar(y=[3, 1, 2])])
figure.write_html("out/figure.html", include_plotlyjs="cdn")
pandas.DataFrame({"a": [1, 2], "b": [0.5, 0.25]}).style.highlight_max().to_html("out/table.html")
