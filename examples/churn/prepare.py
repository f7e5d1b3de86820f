# SPDX-License-Identifier: Apache-2.0
"""Check the customers and split them into a training and a test set, stratified by who left."""

import tomllib
from pathlib import Path

import pandas as pd
from sklearn.model_selection import train_test_split

from tables import NUMBERS, TARGET, read_customers, write_table


def check(customers: pd.DataFrame) -> None:
    """Stop at the first thing that cannot be a customer."""
    if not customers["customer"].is_unique:
        raise SystemExit("data/customers.csv: a customer occurs twice")
    if (customers[list(NUMBERS)] < 0).any(axis=None):
        raise SystemExit("data/customers.csv: a number is negative")
    if not customers[TARGET].isin(["yes", "no"]).all():
        raise SystemExit(f"data/customers.csv: {TARGET} must be yes or no")


def main() -> None:
    params = tomllib.loads(Path("params.toml").read_text(encoding="utf-8"))
    customers = read_customers(Path("data/customers.csv"))
    check(customers)
    train, test = train_test_split(
        customers,
        test_size=params["test_fraction"],
        random_state=params["seed"],
        stratify=customers[TARGET],
    )
    write_table(Path("out/train.csv"), train.sort_index())
    write_table(Path("out/test.csv"), test.sort_index())


if __name__ == "__main__":
    main()
