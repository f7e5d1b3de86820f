# SPDX-License-Identifier: Apache-2.0
"""Changed rules and models in Markdown: open, above the metrics that they let pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from repro_action.compare.config_change import ConfigChange, ModelChange, ModelState
from repro_action.report.bundle import Bundle, Entry
from repro_action.report.config_changes import ConfigChanges, OutsideMetric
from repro_action.report.model import Report
from repro_action.report.render import config_changes as words
from repro_action.report.render.markdown.escape import Markdown, code, joined, prose
from repro_action.report.render.markdown.fitting import Part
from repro_action.report.sections.config_changes import RulesSection, models_by_state, rules_section
from repro_action.report.sections.listed import Listed
from repro_action.text import plural

SETTINGS = 12
OUTSIDE = 8
MODELS = 20
NAMED = 3
"""Models that are named of those whose rules changed alike."""

RANK = 1
"""As telling as the verdict itself: it says what the verdict is worth."""

_NO_NAME = Markdown()


def rules_part(report: Report, *, base: str = "", name: Markdown = _NO_NAME) -> Part:
    """Return the rules of a report that are not those of the base; without blocks where there are none.

    Args:
        report: of one model.
        base: as people call it, where it is not what the report says; foreign.
        name: of the model, where it is one of several.
    """
    section = rules_section(report, settings=SETTINGS, outside=OUTSIDE)
    blocks = ["\n\n".join(_rules(section, prose(base or section.base, 60), name))] if section else []
    return Part(name="changed rules", rank=RANK, blocks=blocks)


def _rules(section: RulesSection, base: Markdown, name: Markdown) -> Iterator[str]:
    sign = "⚠️ " if section.weakened else ""
    yield f"**{sign}{words.title(section)} {base}**" + (f": {name}" if name else "")
    if section.former:
        yield f"There the configuration is {code(section.former)}."
    if section.unread:
        yield f"The configuration there cannot be read: {prose(section.unread, 300)}"
    if section.settings:
        yield _settings(section)
    named = [*map(_metric, section.metrics), *map(code, section.artifacts)]
    if named:
        more = section.metrics.more + section.artifacts.more
        further = f" and {more} more" if more else ""
        yield f"Outside the rules of {base}: {joined(named)}{further}."


def _settings(section: RulesSection) -> str:
    """Return a list, whose lines wrap where a table would be wider than a telephone."""
    more = [f"- and {section.settings.more} more"] if section.settings.more else []
    return "\n".join([*map(_setting, section.settings), *more])


def _setting(change: ConfigChange) -> str:
    found = words.setting(change)
    values = f"{code(found.before)} → {code(found.after)}"
    text = f"{code(found.entry)} {found.fate}" if found.fate else values
    return f"- {change.strictness.value}: {code(change.setting)} {text}"


def _metric(metric: OutsideMetric) -> Markdown:
    text = words.outside(metric)
    foreign = isinstance(metric.before, str) or isinstance(metric.after, str)
    return joined((code(metric.name, 80), prose(text, 160) if foreign else Markdown(text)), " ")


def models_part(bundle: Bundle) -> Part:
    """Return the models that the change removes, moves or adds; without blocks where there are none."""
    lines = [_models(state, models) for state, models in models_by_state(bundle, MODELS)]
    return Part(name="changed models", rank=RANK, blocks=["\n\n".join(lines)] if lines else [])


def _models(state: ModelState, models: Listed[ModelChange]) -> str:
    sign = "⚠️ " if state is ModelState.REMOVED else ""
    more = f" and {models.more} more" if models.more else ""
    return f"**{sign}{words.MODELS[state]}:** {joined(map(_model, models))}{more}"


def _model(model: ModelChange) -> Markdown:
    place = code(model.config)
    if model.before:
        place = Markdown(f"{code(model.before)} → {place}")
    return Markdown(f"{code(model.name, 60)} ({place})")


def of_several(bundle: Bundle, *, base: str) -> Iterator[Part]:
    """Yield what changed of models, and of rules: those that changed alike in several models once.

    Args:
        bundle: of several reports.
        base: as people call it; foreign.
    """
    yield models_part(bundle)
    alike: dict[ConfigChanges, list[Entry]] = {}
    for entry in bundle.entries:
        if entry.report.config_changes is not None:
            alike.setdefault(replace(entry.report.config_changes, former=""), []).append(entry)
    for entries in alike.values():
        names = joined(map(_named, entries[:NAMED]))
        more = f" and {len(entries) - NAMED} more" if len(entries) > NAMED else ""
        yield rules_part(entries[0].report, base=base, name=Markdown(f"{names}{more}"))


def _named(entry: Entry) -> Markdown:
    name = code(entry.report.name, 60)
    return name if entry.report.name in entry.config else Markdown(f"{name} ({code(entry.config)})")


def nothing_affected(bundle: Bundle, remark: Markdown) -> Iterator[Part]:
    """Yield what is said where a plan had nothing to verify."""
    removed = sum(model.state is ModelState.REMOVED for model in bundle.models)
    heading = f"## ⚠️ {plural(removed, 'model')} no longer verified" if removed else "## ✅ No model affected"
    yield Part(name="verdict", rank=0, blocks=[heading, *([remark] if remark else [])])
    yield models_part(bundle)
    others = bundle.plan.others if bundle.plan is not None else 0
    sentence = (
        f"Nothing that {plural(others, 'model')} {'consumes' if others == 1 else 'consume'} is changed."
    )
    yield Part(name="plan", rank=2, blocks=[sentence] if others else [])
