# SPDX-License-Identifier: Apache-2.0
"""Pinned data that is profiled, and held against the rules of its columns, before the first step."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from repro_action.codec.baseline import LAYOUT
from repro_action.config.model import Config, DataPin
from repro_action.data.text_cache import read_cache, write_cache
from repro_action.digest import Digest
from repro_action.errors import ArtifactUnreadable, ConfigError, PinError
from repro_action.profiles.model import METHOD, ColumnProfile, Detail, TableProfile
from repro_action.progress import Progress
from repro_action.text import clean, plural

if TYPE_CHECKING:
    from repro_action.config.column_rules import ColumnRule
    from repro_action.drift.raw import RawTable

MOST_COLUMNS = 200
"""Columns of a file whose profiles a baseline has room for."""

_LARGEST_SCHEMA = 4 << 20
_NAMED = 20
"""Failures that are shown."""


class DataRuleBroken(PinError):
    """Data is what was pinned, and not what the rules of its columns say."""


def profile_data(config: Config, pins: Mapping[str, Digest], progress: Progress) -> dict[str, TableProfile]:
    """Return the profiles that the configuration asks for, by path of the data.

    A file that did not change is not read for its profile again; where columns have rules, it is.

    Args:
        config: the project.
        pins: path → digest of what is there.
        progress: hears of files that are read.

    Raises:
        DataRuleBroken: cells are not what the rules of their columns say; one error lists all of it.
        ArtifactUnreadable: columns have rules, and the file is no table.
    """
    found: dict[str, TableProfile] = {}
    failures: list[str] = []
    for pin in config.data:
        if not pin.profile and not _has_rules(pin):
            continue
        cached = _cached(config, pin, pins[pin.path])
        if cached is None or _has_rules(pin):
            progress.stage(f"profiling {pin.path}")
            cached = _read(config, pin, pins[pin.path], failures)
        if pin.profile and cached is not None:
            found[pin.path] = cached
    if failures:
        raise _broken(failures, config)
    return found


def _read(config: Config, pin: DataPin, digest: Digest, failures: list[str]) -> TableProfile | None:
    from repro_action import reading
    from repro_action.drift.leaves import table_of
    from repro_action.readers.protocol import ReadOptions
    from repro_action.runs.column_checks import broken_rules
    from repro_action.runs.picture_profile import profile_of_pictures

    rules = _rules(config, pin)
    limits = reading.ReadingLimits.of(config.limits)
    place = config.root / pin.path
    try:
        tree = reading.read(place, ReadOptions(statistics=place.is_dir()), limits=limits)
        pictures = profile_of_pictures(tree, _detail(pin)) if place.is_dir() and not _has_rules(pin) else None
        if pictures is not None:
            _keep(config, pin, digest, pictures)
            return pictures
        table = table_of(tree, pin.path)
    except ArtifactUnreadable as error:
        if _has_rules(pin):
            raise
        return TableProfile(format="bytes", rows=0, detail=_detail(pin), reason=clean(error.what, 200))
    failures += [f"{pin.path}: {line}" for line in broken_rules(table, rules)]
    if not pin.profile:
        return None
    profile = profile_of_table(table, tree.format, _detail(pin))
    _keep(config, pin, digest, profile)
    return profile


def _has_rules(pin: DataPin) -> bool:
    return bool(pin.schema or pin.columns)


def _rules(config: Config, pin: DataPin) -> Mapping[str, ColumnRule]:
    """Return the rules of the schema, and in their place those that the configuration has of a column.

    Raises:
        ConfigError: the schema cannot be read.
    """
    if not pin.schema:
        return pin.columns
    from repro_action.config.table_schema import read_schema
    from repro_action.files import read_regular

    path = config.root / pin.schema
    try:
        if path.stat().st_size > _LARGEST_SCHEMA:
            raise ConfigError("the table schema has more than 4 MiB", where=pin.schema)
        content = read_regular(path)
    except OSError as error:
        raise ConfigError(
            f"the table schema of {pin.path} cannot be read: {error.strerror or error}",
            where=pin.schema,
            remedy="`repro pin PATH --schema FILE` writes one that the data keeps.",
        ) from error
    return {**read_schema(content, pin.schema), **pin.columns}


def profile_of_table(table: RawTable, form: str, detail: Detail) -> TableProfile:
    """Return the profile of a table whose cells are at hand."""
    names = list(table.columns)
    return TableProfile(
        format=clean(form, 40),
        rows=table.rows,
        detail=detail,
        columns={name: _column(table, name, detail) for name in names[:MOST_COLUMNS]},
        more=max(0, len(names) - MOST_COLUMNS),
        reason=clean("; ".join(table.notes), 200) if table.notes else "",
    )


def _column(table: RawTable, key: str, detail: Detail) -> ColumnProfile:
    from repro_action.drift.sample import SampleKind
    from repro_action.profiles.column import ColumnTally

    column, tally = table.columns[key], ColumnTally()
    if column.codes is not None:
        counts = column.category_counts
        tally.add_counts(counts)
        tally.add_missing(column.rows - counts.total())
    elif column.kind is SampleKind.DATE:
        tally.add_seconds(column.numbers)
    else:
        tally.add_numbers(column.numbers)
    return tally.finish(column.name or key, detail)


def _detail(pin: DataPin) -> Detail:
    return "full" if pin.profile == "full" else "private"


def _cached(config: Config, pin: DataPin, digest: Digest) -> TableProfile | None:
    """Return the profile of data with this digest, if one was kept by this version of profiles."""
    from repro_action.codec.typed.document import DocumentMismatch, read

    text = read_cache(config.state, _name(pin, digest)) if pin.profile else ""
    if not text:
        return None
    try:
        profile = read(json.loads(text), TableProfile, LAYOUT)
    except (ValueError, RecursionError, DocumentMismatch):
        return None
    return profile if (profile.method, profile.detail) == (METHOD, _detail(pin)) else None


def _keep(config: Config, pin: DataPin, digest: Digest, profile: TableProfile) -> None:
    from repro_action.codec.typed.document import write

    write_cache(config.state, _name(pin, digest), json.dumps(write(profile, LAYOUT)))


def _name(pin: DataPin, digest: Digest) -> str:
    # The path is part of it: a reader goes by the suffix of a file.
    key = f"{METHOD}\0{_detail(pin)}\0{digest}\0{pin.path}".encode("utf-8", "surrogatepass")
    return f"profile-{hashlib.sha256(key).hexdigest()[:32]}.json"


def _broken(failures: Sequence[str], config: Config) -> DataRuleBroken:
    more = len(failures) - _NAMED
    lines = [f"- {line}" for line in failures[:_NAMED]] + ([f"- and {more} more"] if more > 0 else [])
    return DataRuleBroken(
        f"{plural(len(failures), 'rule')} of columns of data broken",
        why="\n".join(lines),
        remedy="Correct the data and pin it again (`repro pin`), or change the rule in [data.columns.NAME]. "
        "Row 1 is the first below the header.",
        where=config.path.name,
    )
