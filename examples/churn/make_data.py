# SPDX-License-Identifier: Apache-2.0
"""Invent the customers of data/customers.csv: `python make_data.py` writes the same bytes again.

No step runs this. The table is committed and its digest pinned, as a table that somebody measured
would be; this says where it came from.
"""

import csv
import math
from pathlib import Path
from random import Random

SEED = 20_240_229
CUSTOMERS = 480
COLUMNS = (
    "customer",
    "tenure_months",
    "contract",
    "payment",
    "internet",
    "support_calls",
    "monthly_charge",
    "total_charges",
    "churned",
)
CONTRACTS = {"monthly": 0.55, "one year": 0.24, "two years": 0.21}
PAYMENTS = {"card": 0.34, "transfer": 0.33, "direct debit": 0.27, "cheque": 0.06}
INTERNET = {"fibre": 0.46, "dsl": 0.33, "none": 0.21}
STAY = {"monthly": 0.0, "one year": 1.4, "two years": 2.4}
MISSING = {"payment": 0.06, "support_calls": 0.08, "total_charges": 0.05}


def draw(source: Random, chances: dict[str, float]) -> str:
    """Return one of the names, each by its chance.

    Only `random()` is asked, whose numbers are the same in every release of Python.
    """
    place = source.random() * sum(chances.values())
    for name, chance in chances.items():
        place -= chance
        if place < 0:
            return name
    return next(reversed(chances))


def invent(source: Random, number: int) -> dict[str, str]:
    """Return a customer; what is not known about one is empty."""
    contract, payment, internet = (draw(source, chances) for chances in (CONTRACTS, PAYMENTS, INTERNET))
    longest = {"monthly": 40, "one year": 60, "two years": 72}[contract]
    tenure = int(longest * source.random() ** 1.5)
    calls = sum(source.random() < 0.3 for _ in range(7))
    monthly = {"fibre": 78.0, "dsl": 54.0, "none": 21.0}[internet] + 24.0 * (source.random() - 0.5)
    rise = source.random() * 0.35  # by how much it became dearer since the customer came
    total = monthly * tenure * (1.0 - rise / 2.0)
    score = -0.9 + 0.5 * calls + 3.2 * rise - 0.045 * tenure - STAY[contract]
    score += 0.7 * (payment == "cheque") + 0.5 * (internet == "fibre") + 0.8 * (tenure < 6)
    churned = source.random() < 1.0 / (1.0 + math.exp(-score))
    row = {
        "customer": f"C{number:04}",
        "tenure_months": str(tenure),
        "contract": contract,
        "payment": payment,
        "internet": internet,
        "support_calls": str(calls),
        "monthly_charge": f"{monthly:.2f}",
        "total_charges": f"{total:.2f}" if tenure else "",  # nothing was billed yet
        "churned": "yes" if churned else "no",
    }
    for name, chance in MISSING.items():
        if source.random() < chance:
            row[name] = ""
    return row


def main() -> None:
    source = Random(SEED)
    path = Path(__file__).parent / "data" / "customers.csv"
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(invent(source, number) for number in range(1, CUSTOMERS + 1))


if __name__ == "__main__":
    main()
