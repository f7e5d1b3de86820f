# SPDX-License-Identifier: Apache-2.0
"""Check the wines and split them into a training and a test set, stratified by cultivar."""

import tomllib
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

from tables import CULTIVARS, Wines, read_wines, write_wines


def check(wines: Wines) -> None:
    """Stop at the first thing that cannot be a measurement of these wines."""
    if not np.isfinite(wines.features).all() or (wines.features <= 0).any():
        raise SystemExit("data/wine.csv: every measurement must be a positive number")
    if set(wines.cultivars.tolist()) != set(CULTIVARS):
        raise SystemExit(f"data/wine.csv: the cultivars must be {', '.join(CULTIVARS)}")


def main() -> None:
    params = tomllib.loads(Path("params.toml").read_text(encoding="utf-8"))
    wines = read_wines(Path("data/wine.csv"))
    check(wines)
    train, test = train_test_split(
        np.arange(len(wines.rows)),
        test_size=params["test_fraction"],
        random_state=params["seed"],
        stratify=wines.cultivars,
    )
    write_wines(Path("out/train.csv"), wines.take(np.sort(train)))
    write_wines(Path("out/test.csv"), wines.take(np.sort(test)))


if __name__ == "__main__":
    main()
