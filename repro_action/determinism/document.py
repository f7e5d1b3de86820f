# SPDX-License-Identifier: Apache-2.0
"""The table of knobs in docs/determinism.md, rendered from the code."""

from __future__ import annotations

from repro_action.determinism.knobs import KNOBS, Knob


def render() -> str:
    """Return the table of all knobs as Markdown."""
    rows = [
        "| variable | value | where | profiles | pins | cost | read by |",
        "| --- | --- | --- | --- | --- | --- | --- |",
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
        knob.cost or "none measured",
        knob.source,
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
