# SPDX-License-Identifier: Apache-2.0
"""Words for changed rules, for every medium: our own, or foreign where it is said."""

from __future__ import annotations

from repro_action.compare.config_change import ConfigChange, ModelState
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


def values(change: ConfigChange) -> tuple[str, str]:
    """Return both values as the configuration writes them; foreign, empty where a side has none."""
    entry = change.before is None or change.after is None
    before, after = _value(change.before, bare=entry), _value(change.after, bare=entry)
    return before, after


def _value(value: Scalar, *, bare: bool) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return clean(value if bare else text(value), WIDTH)
    return repr(value)


def outside(metric: OutsideMetric) -> str:
    """Return a metric that the base's rules do not allow, such as `accuracy 0.93 → 0.83 (-11 %)`; foreign."""
    if metric.after is None:
        return f"{metric.name} is not read"
    before, after = pair(metric.before, metric.after)
    relative = f" ({percent(metric.relative)})" if metric.relative is not None else ""
    return f"{metric.name} {before} → {after}{relative}"
