# SPDX-License-Identifier: Apache-2.0
"""`repro drift NEW`: new data beside the data that the model was accepted with. Trains nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from repro_action import __version__, reading
from repro_action.config.model import Config, DataPin, DriftRule
from repro_action.data.check import check_pins
from repro_action.drift.classifier import RowsCheck, tell_apart
from repro_action.drift.column import ColumnState, Samples
from repro_action.drift.leaves import table_of
from repro_action.drift.limits import DriftLimits
from repro_action.drift.profiled import sample_of_profile
from repro_action.drift.raw import RawTable, matrix, sample
from repro_action.drift.table import TableDrift, compare_tables
from repro_action.errors import ConfigError, PinError
from repro_action.flows.drift_profiles import accepted_profile
from repro_action.profiles.cells import column_key
from repro_action.profiles.model import TableProfile
from repro_action.progress import Progress
from repro_action.readers.protocol import ReadOptions
from repro_action.reading.limits import ReadingLimits
from repro_action.report.drift_model import DriftReport, concluded
from repro_action.runs.project import Project
from repro_action.text import few, plural

EVERY_COLUMN = "*"
"""In `[drift."PATH"]`: every column that has no limits of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftOptions:
    """What the user asks.

    Attributes:
        against: file with the old data; None for that of the baseline.
        data: which `[[data]]` entry the new data is like; empty to find out.
        live: whether monitoring exported the new data: columns that it alone has are no drift.
        ignore: columns that are not compared.
        predictions: the model's outputs for the new data; None for none.
        accepted_predictions: its outputs that were accepted; None for those of the same name in the project.
        together: whether a classifier is asked to tell whole rows apart.
        values: whether names of new and of gone categories may be reported, which are values of the data.
        limits: of every column that has none of its own.
    """

    against: Path | None = None
    data: str = ""
    live: bool = False
    ignore: frozenset[str] = frozenset()
    predictions: Path | None = None
    accepted_predictions: Path | None = None
    together: bool = True
    values: bool = False
    limits: DriftLimits = field(default_factory=DriftLimits)


@dataclass(frozen=True, slots=True, kw_only=True)
class OldData:
    """The data that new data is compared with: its cells, or its profile.

    Attributes:
        path: of it.
        table: its cells; None where only its profile is known.
        profile: its profile; None where its cells are at hand.
        notes: why it is this.
    """

    path: str
    table: RawTable | None = None
    profile: TableProfile | None = None
    notes: tuple[str, ...] = ()


def drift(project: Project, new: Path, options: DriftOptions, progress: Progress) -> DriftReport:
    """Compare new data with that which the model was accepted with.

    Args:
        project: whose model it is.
        new: file or folder.
        options: what the user asks.
        progress: receives what goes on.

    Raises:
        ConfigError: there is nothing to compare with, or a column that is to be ignored is not there.
        ArtifactUnreadable: a file is no table.
    """
    read = _reader(project.config, progress)
    old = _old_data(project, new, options, read)
    fresh = read(new)
    data, expected = _compared(old, fresh, options, _rules(project.config, old.path, options.limits))
    together = _together(old, fresh, data, options, progress)
    predictions = _predictions(project, options, read)
    if not options.values:
        data, predictions = data.without_values(), predictions.without_values() if predictions else None
    return DriftReport(
        tool=__version__,
        name=project.config.name,
        answer=concluded(data, together, predictions),
        subject=str(new),
        against=old.path,
        from_profile=old.table is None,
        data=data,
        together=together,
        predictions=predictions,
        expected=expected,
        notes=(*old.notes, *fresh.notes),
    )


def _reader(config: Config, progress: Progress) -> Callable[[Path], RawTable]:
    limits = ReadingLimits.of(config.limits)

    def read(path: Path) -> RawTable:
        if not path.exists():
            raise ConfigError(f"there is no file or folder {path}", remedy="Check its spelling.")
        progress.stage(f"reading {path.name}")
        tree = reading.read(path, ReadOptions(statistics=False), limits=limits)
        return table_of(tree, str(path))

    return read


def _old_data(
    project: Project, new: Path, options: DriftOptions, read: Callable[[Path], RawTable]
) -> OldData:
    if options.against is not None:
        return OldData(path=str(options.against), table=read(options.against))
    pin = _pin(project.config, new, options.data)
    place = project.config.root / pin.path
    if place.exists() and place.resolve() != new.resolve():
        try:
            check_pins(replace(project.config, data=(pin,), unpinned=()))
        except PinError:
            pass  # it is not the data of the baseline, whose profile still is
        else:
            return OldData(path=pin.path, table=read(place))
    profile = accepted_profile(project, pin.path)
    if profile is not None:
        return OldData(path=pin.path, profile=profile, notes=(profile.reason,) if profile.reason else ())
    raise ConfigError(
        f"{pin.path} is not here as it was pinned, and the baseline has no profile of it",
        why="Without the data only a profile can be compared with.",
        remedy="Bring the data back, name a file with `--against FILE`, or write `profile = true` at its "
        "[[data]] entry and accept a run.",
        where=pin.path,
    )


def _pin(config: Config, new: Path, wanted: str) -> DataPin:
    """Return the data that new data is like: named, of the same name, of the same suffix, or the only one."""
    if wanted:
        found = [pin for pin in config.data if pin.path == wanted]
        if not found:
            raise ConfigError(f"no [[data]] entry has the path {wanted}", where="--data")
        return found[0]
    pins = list(config.data)
    alike: tuple[Callable[[PurePosixPath], bool], ...] = (
        lambda path: path.name == new.name,
        lambda path: path.suffix == new.suffix,
        lambda _: True,
    )
    for rule in alike:
        found = [pin for pin in pins if rule(PurePosixPath(pin.path))]
        if len(found) == 1:
            return found[0]
    if not pins:
        raise ConfigError(
            "no data is pinned that new data could be compared with",
            remedy="Pin it in [[data]] with `repro pin`, or name a file with `--against FILE`.",
        )
    raise ConfigError(
        f"{new.name} could be compared with {few([pin.path for pin in pins])}",
        remedy="Say which with `--data PATH`.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    """What the configuration says of one table.

    Attributes:
        limits: of columns that have their own.
        default: of the others.
        ignored: columns that are not compared.
    """

    limits: Mapping[str, DriftLimits]
    default: DriftLimits
    ignored: frozenset[str]


def _rules(config: Config, path: str, usual: DriftLimits) -> _Rules:
    rules = config.drift.get(path, {})
    every = rules.get(EVERY_COLUMN)
    default = _moved(usual, every) if every is not None else usual
    own = {column_key(name): rule for name, rule in rules.items() if name != EVERY_COLUMN}
    return _Rules(
        limits={name: replace(_moved(default, rule), judged=True) for name, rule in own.items()},
        default=default,
        ignored=frozenset(name for name, rule in own.items() if rule.ignore),
    )


def _moved(limits: DriftLimits, rule: DriftRule) -> DriftLimits:
    most = rule.most
    return replace(
        limits,
        psi=most.get("psi", limits.psi),
        ks=most.get("ks", limits.ks),
        js=most.get("js", limits.js),
        missing=most.get("missing", limits.missing),
        new_categories=most.get("new_categories", limits.new_categories),
    )


def _compared(
    old: OldData, fresh: RawTable, options: DriftOptions, rules: _Rules
) -> tuple[TableDrift, tuple[str, ...]]:
    """Return what is found of the data, and columns of the new data alone that are expected there."""
    before, rows = _before(old)
    after = {
        name: sample(column, like=before[name].kind if name in before else None, keyed=old.table is None)
        for name, column in fresh.columns.items()
    }
    unknown = sorted(options.ignore - {*before, *after})
    if unknown:
        raise ConfigError(
            f"no column is called {few(unknown)}", where="--ignore", remedy=_headless(before, after)
        )
    alone = [name for name in after if name not in before]
    if before and len(alone) == len(after):
        raise ConfigError(
            f"{plural(len(after), 'column')} of the new data, and none is a column of {old.path}",
            why=_headless(before, after),
            remedy="Check that it is the same table.",
        )
    dropped = options.ignore | rules.ignored | ({*alone} if options.live else set())
    found = compare_tables(
        {name: one for name, one in before.items() if name not in dropped},
        {name: one for name, one in after.items() if name not in dropped},
        rules.limits,
        rows=rows,
        new_rows=fresh.rows,
        default=rules.default,
    )
    return found, tuple(name for name in alone if options.live and name not in options.ignore)


def _before(old: OldData) -> tuple[Samples, int]:
    if old.profile is not None:
        return {
            name: sample_of_profile(column) for name, column in old.profile.columns.items()
        }, old.profile.rows
    table = old.table or RawTable(rows=0)
    return {name: sample(column) for name, column in table.columns.items()}, table.rows


def _headless(before: Samples, after: Samples) -> str:
    """Say what makes a table lose its header, where only the new one has none."""
    if "[0]" in after and "[0]" not in before:
        return (
            "Its first row is not read as a header: it has a number, an empty name, or the same name twice."
        )
    return "A column's name is compared letter by letter."


def _together(
    old: OldData, fresh: RawTable, data: TableDrift, options: DriftOptions, progress: Progress
) -> RowsCheck | None:
    if not options.together or old.table is None:
        return None
    progress.stage("training a classifier to tell the rows apart")
    kept = {ColumnState.STABLE, ColumnState.DRIFTED}
    states = {column.name: column.state for column in data.columns}
    shared = [name for name in old.table.columns if states.get(name) in kept and name in fresh.columns]
    names, before, after = matrix(shared, old.table, fresh)
    return tell_apart(names, before, after, options.limits.auc)


def _predictions(
    project: Project, options: DriftOptions, read: Callable[[Path], RawTable]
) -> TableDrift | None:
    if options.predictions is None:
        return None
    place = options.accepted_predictions or _output_like(project.config, options.predictions)
    before, after = read(place), read(options.predictions)
    root = project.config.root
    output = place.relative_to(root).as_posix() if place.is_relative_to(root) else ""
    rules = _rules(project.config, output, options.limits)
    found, _ = _compared(
        OldData(path=str(place), table=before), after, replace(options, ignore=frozenset()), rules
    )
    return found


def _output_like(config: Config, new: Path) -> Path:
    """Return the output of the project that has the name of a file of predictions.

    Raises:
        ConfigError: none has, or it is not there.
    """
    outputs = [output for step in config.steps for output in step.outputs]
    found = [output for output in outputs if PurePosixPath(output).name == new.name]
    place = config.root / found[0] if len(found) == 1 else None
    if place is None or not place.exists():
        raise ConfigError(
            f"it is not known which accepted predictions {new.name} is like",
            why="No output of the project that is here has this name.",
            remedy="Name it with `--accepted-predictions FILE`; `repro fetch` brings accepted outputs back.",
            where="--predictions",
        )
    return place
