# SPDX-License-Identifier: Apache-2.0
"""How the model came to be, as a Mermaid flowchart: data, code and parameters → steps → products."""

from __future__ import annotations

from collections.abc import Iterator

from repro_action.evidence.step_evidence import StepEvidence, StepFile, step_evidence
from repro_action.evidence.verified_run import VerifiedRun
from repro_action.text import clean

NODES = 200
"""Boxes of a chart; what is beyond is counted."""
_SHAPES = {
    "data": '[("{}")]',
    "code": '["{}"]',
    "params": '[/"{}"/]',
    "metrics": '(["{}"])',
    "product": '("{}")',
    "intermediate": '("{}")',
    "step": '{{{{"{}"}}}}',
}


def lineage(run: VerifiedRun) -> str:
    """Return the chart of a run; every box shows a path or a step, and the beginning of its digest."""
    chart = _Chart()
    for step in step_evidence(run):
        chart.add(step)
    return "\n".join(["flowchart LR", *chart.lines, *chart.ending()]) + "\n"


class _Chart:
    """Boxes and arrows in the order in which they are met; each box has one line of its own."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._boxes: dict[str, str] = {}
        self._left_out: set[str] = set()

    def add(self, step: StepEvidence) -> None:
        """Add a step with what it read and wrote."""
        box = self._box(f"step {step.name}", "step", _text(step.name))
        for key, role, label in _read(step):
            self._arrow(self._box(key, role, label), box)
        for file in step.outputs:
            self._arrow(box, self._box(file.path, file.role, _label(file)))

    def ending(self) -> Iterator[str]:
        """Yield what says how many boxes were left out."""
        if self._left_out:
            yield f'  more["{len(self._left_out)} more files are in the run cards"]'

    def _box(self, key: str, role: str, label: str) -> str:
        if key in self._boxes:
            return self._boxes[key]
        if len(self._boxes) >= NODES:
            self._left_out.add(key)
            return ""
        self._boxes[key] = f"n{len(self._boxes)}"
        self.lines.append(f"  {self._boxes[key]}{_SHAPES[role].format(label)}")
        return self._boxes[key]

    def _arrow(self, start: str, end: str) -> None:
        if start and end:
            self.lines.append(f"  {start} --> {end}")


def _read(step: StepEvidence) -> Iterator[tuple[str, str, str]]:
    for file in step.inputs:
        yield file.path, file.role, _label(file)
    files = sorted({name.partition(": ")[0] for name, _ in step.params})
    for file_name in files:
        yield file_name, "params", _text(file_name)


def _label(file: StepFile) -> str:
    digest = file.digest.partition(":")[2][:12]
    return _text(file.path) + (f"<br>{digest}" if digest else "")


def _text(text: str) -> str:
    """Return foreign text for a quoted label: all that is no letter, digit or harmless mark as its number."""
    # https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters
    return "".join(
        each if each.isalnum() or each in " /._-" else f"#{ord(each)};" for each in clean(text, 60)
    )
