# SPDX-License-Identifier: Apache-2.0
"""Two configurations of one model: the rules that are not the same, those that are weaker first.

What is compared is what is in effect, not what is written: a tolerance moves from `"*"` to a metric's own
name without a change, and an output is kept where a folder around it is one.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace

from repro_action.compare.artifact_rules import rule_for as artifact_rule
from repro_action.compare.config_change import ConfigChange, Strictness
from repro_action.compare.metrics import rule_for as metric_rule
from repro_action.compare.strictness import TABLE
from repro_action.config.column_rules import ColumnRule
from repro_action.config.model import ArtifactRule, Config, MetricRule, Step
from repro_action.config.write import key as toml
from repro_action.tree import Scalar

_EXACT = ArtifactRule(glob="")
_ORDER = tuple(Strictness)
_WRITTEN = {"environment.allow_source_builds": "environment.allow-source-builds"}
"""Keys that the configuration spells in another way."""


def compare_configs(before: Config, after: Config) -> tuple[ConfigChange, ...]:
    """Compare the rules of two configurations.

    Args:
        before: the older one, such as that of the base branch.
        after: the newer one.
    """
    found = [
        *_settings(before, after),
        *_inside("data", "data.*.path", _pins(before), _pins(after)),
        *_rules_of_data(before, after),
        *_algorithms(before, after),
        *_steps(before, after),
        *_metrics(before, after),
        *_artifacts(before, after),
        *_searches(before, after),
    ]
    return tuple(sorted(found, key=lambda change: (_ORDER.index(change.strictness), change.setting)))


def _change(key: str, setting: str, before: Scalar, after: Scalar) -> Iterator[ConfigChange]:
    """Yield the change of a setting, if it is one: the key says how its values are ordered."""
    if before != after or isinstance(before, bool) is not isinstance(after, bool):
        order = TABLE[key](before, after)
        yield ConfigChange(setting=setting, before=before, after=after, strictness=order)


def _settings(before: Config, after: Config) -> Iterator[ConfigChange]:
    """Yield what changed in the tables that hold one value a key."""
    for key in TABLE:
        if "*" not in key:
            yield from _change(key, _WRITTEN.get(key, key), _value(before, key), _value(after, key))
    inherited = (before.environment.inherit, after.environment.inherit)
    yield from _members("environment.inherit", "environment.inherit.*", *inherited)
    yield from _members("evidence.keys", "evidence.keys.*", before.evidence.keys, after.evidence.keys)


def _value(config: Config, key: str) -> Scalar:
    table, _, field = key.rpartition(".")
    found: Scalar = getattr(getattr(config, table) if table else config, field)
    return found


def _members(setting: str, key: str, before: Iterable[str], after: Iterable[str]) -> Iterator[ConfigChange]:
    """Yield the entries of a list that only one side has."""
    old, new = dict.fromkeys(before), dict.fromkeys(after)
    for entry in old:
        if entry not in new:
            yield from _change(key, setting, entry, None)
    for entry in new:
        if entry not in old:
            yield from _change(key, setting, None, entry)


def _inside(setting: str, key: str, before: Iterable[str], after: Iterable[str]) -> Iterator[ConfigChange]:
    """Yield the paths that only one side has, in a folder that it names as well."""
    old, new = dict.fromkeys(before), dict.fromkeys(after)
    gone = [path for path in old if _around(path, new) is None]
    come = [path for path in new if _around(path, old) is None]
    yield from _members(setting, key, gone, come)


def _around(path: str, paths: Container[str]) -> str | None:
    """Return the path itself, or the nearest folder around it, that is among these."""
    while path and path not in paths:
        path = path.rpartition("/")[0]
    return path or None


def _pins(config: Config) -> Iterator[str]:
    return (pin.path for pin in config.data)


def _algorithms(before: Config, after: Config) -> Iterator[ConfigChange]:
    """Yield pins whose digest is made in another way; what it is of is a material."""
    old, new = ({pin.path: pin.digest.algorithm for pin in config.data} for config in (before, after))
    for path in sorted(old.keys() & new.keys()):
        if "md5" in (old[path], new[path]):
            yield from _change("data.*.digest", f"{toml('data', path)}.digest", old[path], new[path])


def _rules_of_data(before: Config, after: Config) -> Iterator[ConfigChange]:
    """Yield rules that the cells of data keep before anything trains."""
    old, new = ({pin.path: pin for pin in config.data} for config in (before, after))
    for path in sorted(old.keys() & new.keys()):
        setting = toml("data", path)
        schemas = (old[path].schema or None, new[path].schema or None)
        yield from _change("data.*.schema", f"{setting}.schema", *schemas)
        for name in sorted({*old[path].columns, *new[path].columns}):
            sides = [side[path].columns.get(name, ColumnRule()) for side in (old, new)]
            yield from _rules_of_column(f"{setting}.columns.{toml(name)}", *sides)


def _rules_of_column(setting: str, old: ColumnRule, new: ColumnRule) -> Iterator[ConfigChange]:
    yield from _change("data.*.columns.*.type", f"{setting}.type", old.type or None, new.type or None)
    yield from _change("data.*.columns.*.minimum", f"{setting}.min", old.minimum, new.minimum)
    yield from _change("data.*.columns.*.maximum", f"{setting}.max", old.maximum, new.maximum)
    yield from _change("data.*.columns.*.unique", f"{setting}.unique", old.unique, new.unique)
    yield from _change(
        "data.*.columns.*.missing_max", f"{setting}.missing_max", old.missing_max, new.missing_max
    )
    sides = (old.allowed or (), new.allowed or ())
    yield from _members(f"{setting}.allowed", "data.*.columns.*.allowed.*", *sides)


def _steps(before: Config, after: Config) -> Iterator[ConfigChange]:
    old = {step.name: step for step in before.steps}
    new = {step.name: step for step in after.steps}
    yield from _members("steps", "steps.*.name", old, new)
    yield from _inside("outputs", "steps.*.outputs.*", _outputs(before), _outputs(after))
    yield from _printed(before, after)
    for name, step in old.items():
        if name in new:
            yield from _step(step, new[name])


def _step(before: Step, after: Step) -> Iterator[ConfigChange]:
    setting = f"{toml('steps', before.name)}."
    yield from _change("steps.*.timeout", f"{setting}timeout", before.timeout, after.timeout)
    yield from _members(f"{setting}inputs", "steps.*.inputs.*", before.inputs, after.inputs)
    yield from _members(f"{setting}params", "steps.*.params.*", before.params, after.params)


def _printed(before: Config, after: Config) -> Iterator[ConfigChange]:
    """Yield the outputs that are now read as what a step prints, times and paths left out, or no longer."""
    old, new = (
        {step.stdout: step.name for step in config.steps if step.stdout} for config in (before, after)
    )
    both = {*_outputs(before)} & {*_outputs(after)}
    for path in sorted({*old, *new} & both):
        setting = f"{toml('steps', new.get(path) or old[path])}.stdout"
        sides = (path if path in old else None, path if path in new else None)
        yield from _change("steps.*.stdout", setting, *sides)


def _outputs(config: Config) -> tuple[str, ...]:
    return tuple(output for step in config.steps for output in step.outputs)


def _metrics(before: Config, after: Config) -> Iterator[ConfigChange]:
    yield from _members("metrics", "metrics.*", before.metrics, after.metrics)
    for file, new in after.metrics.items():
        old = before.metrics.get(file)
        if old is not None:
            for name in sorted({*old, *new}):
                setting = toml("metrics", file, name)
                yield from _metric(setting, metric_rule(old, name), metric_rule(new, name))
        elif (output := _around(file, _outputs(before))) is not None:
            yield from _newly_read(file, new, artifact_rule(output, before.artifacts) or _EXACT)


def _newly_read(file: str, named: Mapping[str, MetricRule], old: ArtifactRule) -> Iterator[ConfigChange]:
    """Yield how far metrics may lie apart that were compared as a part of an output."""
    for name, rule in sorted(named.items()):
        before = MetricRule(goal=rule.goal, tolerance=old.tolerance)
        yield from _metric(toml("metrics", file, name), before, rule)


def _metric(setting: str, before: MetricRule, after: MetricRule) -> Iterator[ConfigChange]:
    for change in _change("metrics.*.*.goal", f"{setting}.goal", before.goal, after.goal):
        # What was worse is better now, and any improvement passes.
        turned = after.worsening is not None or after.sigmas is not None
        yield replace(change, strictness=Strictness.WEAKER) if turned else change
    for field in ("atol", "rtol"):
        values = (getattr(before.tolerance, field), getattr(after.tolerance, field))
        yield from _change(f"metrics.*.*.tolerance.{field}", f"{setting}.{field}", *values)
    yield from _worsening(f"{setting}.max_worsening", before, after)


def _worsening(setting: str, before: MetricRule, after: MetricRule) -> Iterator[ConfigChange]:
    if before.sigmas is None and after.sigmas is None:
        yield from _change("metrics.*.*.worsening", setting, before.worsening, after.worsening)
        return
    for change in _change("metrics.*.*.sigmas", setting, before.sigmas, after.sigmas):
        old, new = (
            f"{rule.sigmas:g} sigma" if rule.sigmas is not None else rule.worsening
            for rule in (before, after)
        )
        # An amount and a multiple of noise cannot be ordered: whoever reviews is to look.
        mixed = before.worsening is not None or after.worsening is not None
        strictness = Strictness.WEAKER if mixed else change.strictness
        yield replace(change, before=old, after=new, strictness=strictness)


def _artifacts(before: Config, after: Config) -> Iterator[ConfigChange]:
    """Yield how outputs that both sides have are compared otherwise; each one by the rule that decides."""
    others = frozenset(_outputs(after))
    for output in dict.fromkeys(_outputs(before)):
        counterpart = _around(output, others)
        if output in before.metrics or counterpart is None or counterpart in after.metrics:
            continue
        old = artifact_rule(output, before.artifacts) or _EXACT
        new = artifact_rule(counterpart, after.artifacts) or _EXACT
        setting = toml("artifacts", output)
        for field in ("atol", "rtol", "max_ulp"):
            values = (getattr(old.tolerance, field), getattr(new.tolerance, field))
            yield from _change(f"artifacts.*.tolerance.{field}", f"{setting}.{field}", *values)
        rules = (old.byproducts, new.byproducts)
        yield from _members(f"{setting}.byproducts", "artifacts.*.byproducts.*", *rules)


def _searches(before: Config, after: Config) -> Iterator[ConfigChange]:
    old, new = ({one.path: one for one in config.searches} for config in (before, after))
    yield from _members("search", "searches.*.path", old, new)
    for path, earlier in old.items():
        if path not in new:
            continue
        setting = toml("search", path)
        for field in ("retrain", "best", "metric", "goal", "study", "step", "sampler", "objective"):
            values = (getattr(earlier, field), getattr(new[path], field))
            sides = (None if value == "" else value for value in values)
            yield from _change(f"searches.*.{field}", f"{setting}.{field}", *sides)
        commands = (earlier.trial, new[path].trial)
        yield from _members(f"{setting}.trial", "searches.*.trial.*", *commands)
