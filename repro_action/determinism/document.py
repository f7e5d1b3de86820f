# SPDX-License-Identifier: Apache-2.0
"""The table of knobs, rendered from the code.

`python -m repro_action.determinism.document docs/determinism.md` writes it into the page.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from repro_action.determinism.knob import Knob, KnobCheck
from repro_action.determinism.knobs import KNOBS


def render() -> str:
    """Return the table of all knobs as Markdown."""
    rows = [
        "| variable | value | where | profiles | pins | confirmed by | cost | read by |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *(_row(knob) for knob in KNOBS),
    ]
    return "\n".join(rows) + "\n"


def _row(knob: Knob) -> str:
    needs = knob.needs
    where = [*knob.systems, *knob.machines]
    if needs is not None:
        below = f", < {'.'.join(map(str, needs.below))}" if needs.below else ""
        where.append(f"{needs.name} ≥ {'.'.join(map(str, needs.at_least))}{below}")
    cells = [
        f"`{knob.variable}`",
        f"`{knob.value}`" if knob.value.strip() else "(blank)",
        ", ".join(where) or "everywhere",
        ", ".join(sorted(knob.profiles, reverse=True)),
        knob.pins,
        _confirmed(knob),
        knob.cost or "none measured",
        f"[{knob.source}]({knob.url})",
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _confirmed(knob: Knob) -> str:
    questions = ", ".join(map(_question, knob.checks))
    if not knob.unconfirmable:
        return questions
    where = f" with {' or '.join(knob.readers)}" if knob.readers else ""
    unasked = f"set, not confirmed{where}: {knob.unconfirmable}"
    return f"{questions}; {unasked}" if questions else unasked


def _question(check: KnobCheck) -> str:
    right = check.expected or " or ".join(f"`{answer}`" for answer in check.accepted)
    return f"`{check.fact}` is {'at most ' if check.at_most else ''}{right}"


def main(page: Path) -> None:
    """Write the table in the place of the one that is there."""
    text = page.read_text(encoding="utf-8")
    page.write_text(
        re.sub(r"\| variable \| value (?:.*\n)+?(?=\n)", lambda _: render(), text), encoding="utf-8"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
