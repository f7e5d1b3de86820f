# SPDX-License-Identifier: Apache-2.0
"""Which models of a bundle need attention, and which of them for one and the same reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from repro_action.report.bundle import Bundle, Entry, severity
from repro_action.report.model import State
from repro_action.report.sections.attention import calm
from repro_action.report.sections.lead import LeadSection, lead
from repro_action.verdict import Verdict


@dataclass(frozen=True, kw_only=True)
class ModelGroup:
    """Models that need attention for one and the same reason; a model by itself is a group of one.

    Attributes:
        entries: the models, by configuration.
    """

    entries: tuple[Entry, ...]

    @property
    def first(self) -> Entry:
        """The first model."""
        return self.entries[0]

    @cached_property
    def leads(self) -> tuple[LeadSection, ...]:
        """What comes first of each model."""
        return tuple(lead(entry.report) for entry in self.entries)

    @property
    def several(self) -> bool:
        """Whether it is more than one model."""
        return len(self.entries) > 1

    @property
    def worst(self) -> int:
        """Place of the model whose first metric got worst, relative to what it was."""
        return max(range(len(self.leads)), key=lambda place: _loss(self.leads[place]))

    @property
    def warnings(self) -> int:
        """Number of warnings, each counted once."""
        return len({notice for entry in self.entries for notice in entry.report.warnings})


def _loss(found: LeadSection) -> float:
    first = next((row for row in found.metrics if row.state is not State.IDENTICAL), None)
    if first is None:
        return -1.0
    return abs(first.relative or 0.0) if first.better is False else 0.0


def model_groups(bundle: Bundle, *, together: bool) -> list[ModelGroup]:
    """Return the models that need attention, worst first.

    Args:
        bundle: all models.
        together: whether those of one verdict and reason are one group.
    """
    loud = [entry for entry in bundle.entries if not calm(entry.report)]
    loud.sort(key=lambda entry: (-severity(entry.report.verdict), entry.key))
    groups: dict[object, list[Entry]] = {}
    for entry in loud:
        groups.setdefault(_reason(entry) if together else entry.key, []).append(entry)
    return [ModelGroup(entries=tuple(found)) for found in groups.values()]


def _reason(entry: Entry) -> object:
    """Return what makes a model one of a group; what has no known reason is by itself."""
    report = entry.report
    first = lead(report)
    texts = tuple(reason.text for reason in first.reasons)
    new = report.verdict is Verdict.NO_BASELINE or (
        first.of_change and first.comparison is not None and first.comparison.first
    )
    return (report.verdict, report.flavour, first.of_change, texts, new) if texts or new else entry.key


def on_several_platforms(bundle: Bundle) -> frozenset[str]:
    """Return the configurations that ran on several platforms."""
    counts = Counter(entry.config for entry in bundle.entries)
    return frozenset(config for config, count in counts.items() if count > 1)
