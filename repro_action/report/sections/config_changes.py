# SPDX-License-Identifier: Apache-2.0
"""What a change does to the rules that it is judged by, as every medium shows it."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.compare.config_change import ConfigChange, ModelChange, ModelState
from repro_action.report.bundle import Bundle
from repro_action.report.config_changes import ConfigChanges, OutsideMetric
from repro_action.report.model import Report
from repro_action.report.sections.listed import Listed


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesSection:
    """The rules of one model that are not those of the base.

    Attributes:
        base: the base as people call it; foreign.
        former: path of the configuration there, where it was another one.
        weakened: whether any of them lets more through.
        settings: those that changed, the weaker ones first.
        metrics: those that the base's rules do not allow.
        artifacts: likewise.
        unread: why the base's configuration could not be read; empty where it was.
    """

    base: str
    former: str
    weakened: bool
    settings: Listed[ConfigChange]
    metrics: Listed[OutsideMetric]
    artifacts: Listed[str]
    unread: str


def rules_section(report: Report, *, settings: int, outside: int) -> RulesSection | None:
    """Return the section of a report, at most so many lines of each kind; None where nothing changed."""
    found: ConfigChanges | None = report.config_changes
    if found is None:
        return None
    return RulesSection(
        base=found.base,
        former=found.former,
        weakened=found.weakened,
        settings=Listed.of(found.settings, settings, hidden=found.hidden),
        metrics=Listed.of(found.outside, outside),
        artifacts=Listed.of(found.outside_artifacts, outside),
        unread=found.unread,
    )


def models_by_state(bundle: Bundle, limit: int) -> tuple[tuple[ModelState, Listed[ModelChange]], ...]:
    """Return the models that a change removes, moves and adds, those that are removed first."""
    found = ((state, [model for model in bundle.models if model.state is state]) for state in ModelState)
    return tuple((state, Listed.of(models, limit)) for state, models in found if models)
