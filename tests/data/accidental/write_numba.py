# SPDX-License-Identifier: Apache-2.0
"""Write a pickle with a compiled function, with Numba on Python 3.11: `python write_numba.py FILE`."""

import pickle
import sys
from pathlib import Path

import numba


# The name of its file stands in a function.
space = {}
exec(compile("def metric(a, b):\n    return abs(a - b)\n", "metric.py", "exec"), space)
metric = numba.njit(space["metric"])

Path(sys.argv[1]).write_bytes(pickle.dumps({"metric": metric, "k": 5}))
