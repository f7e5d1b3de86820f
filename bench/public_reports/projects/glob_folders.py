# SPDX-License-Identifier: Apache-2.0
"""Classes numbered as `glob` lists their folders."""
import json
from pathlib import Path

classes = [path.parent.name for path in Path("data").glob("*/rows.txt")]  # cause
numbers = {name: number for number, name in enumerate(classes)}
means = {}
for name in classes:
    values = [float(line) for line in Path("data", name, "rows.txt").read_text().split()]
    means[name] = [numbers[name], sum(values) / len(values)]
Path("out").mkdir(exist_ok=True)
Path("out/means.json").write_text(json.dumps(means, sort_keys=True))
