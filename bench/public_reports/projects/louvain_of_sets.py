# SPDX-License-Identifier: Apache-2.0
"""Communities of a graph whose edges come out of a set, with a seed."""
import json
from pathlib import Path

import networkx

people = [f"person{number}" for number in range(24)]
edges = {tuple(sorted((people[i], people[(i * j + 3) % 24]))) for i in range(24) for j in (1, 2, 5, 7)}
graph = networkx.Graph()
graph.add_edges_from(edge for edge in edges if edge[0] != edge[1])  # cause
found = networkx.community.louvain_communities(graph, seed=42)
Path("out").mkdir(exist_ok=True)
Path("out/communities.json").write_text(json.dumps(sorted(sorted(one) for one in found)))
