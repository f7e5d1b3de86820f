# SPDX-License-Identifier: Apache-2.0
"""A function with sets among its constants, pickled by value."""
from pathlib import Path

import cloudpickle

KEPT = {"alpha", "beta", "gamma", "delta", "epsilon"}


def features(row):
    return {name: row[name] for name in sorted(KEPT) if name in {"alpha", "beta", "zeta", "eta"}}


Path("out").mkdir(exist_ok=True)
with open("out/features.pkl", "wb") as file:
    cloudpickle.dump({"features": features, "kept": KEPT}, file)
