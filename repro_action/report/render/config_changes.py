# SPDX-License-Identifier: Apache-2.0
"""Words for changed rules, for every medium: our own, or foreign where it is said."""

from __future__ import annotations

from dataclasses import dataclass

from repro_action.compare.config_change import ConfigChange, ModelState
from repro_action.config.sizes import size_text
from repro_action.config.write import text
from repro_action.report.config_changes import OutsideMetric
from repro_action.report.numbers import pair, percent
from repro_action.report.sections.config_changes import RulesSection
from repro_action.text import clean
from repro_action.tree import Scalar

WIDTH = 80
"""Characters of a value."""

MODELS = {
    ModelState.REMOVED: "No longer verified",
    ModelState.MOVED: "Moved",
    ModelState.ADDED: "Newly verified",
}


def title(section: RulesSection) -> str:
    """Return the heading, up to the name of the base."""
    return "Weaker rules than" if section.weakened else "Other rules than"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingLabels:
    """One changed setting in words.

    Attributes:
        entry: an entry that was removed or added; foreign, empty for a setting that has one value.
        before, after: its values as the configuration writes them; foreign.
        fate: of the entry, `removed` or `added`.
    """

    entry: str = ""
    fate: str = ""
    before: str = ""
    after: str = ""


def setting(change: ConfigChange) -> SettingLabels:
    """Return a changed setting in words."""
    if isinstance(change.before, str) and change.after is None:
        return SettingLabels(entry=clean(change.before, WIDTH), fate="removed")
    if isinstance(change.after, str) and change.before is None:
        return SettingLabels(entry=clean(change.after, WIDTH), fate="added")
    sized = change.setting in _SIZES
    return SettingLabels(before=_value(change.before, sized=sized), after=_value(change.after, sized=sized))


_SIZES = frozenset({"limits.memory", "limits.disk", "limits.reading_memory"})


def _value(value: Scalar, *, sized: bool) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case int() if sized and value >= 0:
            return size_text(value)
        case str():
            return clean(text(value), WIDTH)
    return repr(value)


def outside(metric: OutsideMetric) -> str:
    """Say how a metric is outside of the base's rules, such as `0.93 → 0.83 (-11 %)`; foreign."""
    if metric.after is None:
        return "is not read"
    before, after = pair(metric.before, metric.after)
    relative = f" ({percent(metric.relative)})" if metric.relative is not None else ""
    return f"{before} → {after}{relative}"
