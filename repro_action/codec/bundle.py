# SPDX-License-Identifier: Apache-2.0
"""A bundle as canonical JSON, and back.

`load` reads what a stranger's pull request may have written: it holds every bound of
`bundle.v1.schema.json` itself, and more than a schema can say. What it returns is inside the
bounds; the texts in it are as foreign as before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from repro_action import baseline
from repro_action.baseline import Baseline
from repro_action.codec import report as json_report
from repro_action.codec.bundle_schema import CANDIDATE_LIST, CANDIDATE_TABLE, KEYS, VERSION
from repro_action.codec.report_schema import TEXT
from repro_action.errors import ArtifactUnreadable, BaselineError
from repro_action.report.bundle import ENTRIES, LARGEST, NAME, PATH, Bundle, Entry, path_fault
from repro_action.text import clean

if TYPE_CHECKING:
    from repro_action.codec.canonical import Json


def dump(bundle: Bundle) -> str:
    """Write a bundle; reports beyond their bounds are cut as `json_report.dump` cuts them.

    Raises:
        ArtifactUnreadable: `load` would refuse it, and its size, count or paths are to blame.
    """
    fault = _fault(bundle)
    if fault:
        raise ArtifactUnreadable(fault, where=NAME, remedy="Split the configurations over several jobs.")
    value = {
        "version": VERSION,
        "tool": clean(bundle.tool, TEXT),
        "accepts": bundle.accepts,
        "entries": [_encode(entry) for entry in bundle.entries],
    }
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=True) + "\n"
    if len(text) > LARGEST:
        raise ArtifactUnreadable(
            f"the reports have more than {LARGEST} bytes together",
            where=NAME,
            remedy="Split the configurations over several jobs.",
        )
    return text


def load(text: str | bytes, where: str = NAME) -> Bundle:
    """Read what `dump` wrote, whoever says so.

    Raises:
        ArtifactUnreadable: it is not a bundle of this version, or exceeds a bound.
    """
    if len(text) > LARGEST:
        raise ArtifactUnreadable(f"it has more than {LARGEST} bytes", where=where)
    raw = _table(
        json_report.strict(_decoded(text, where), where),
        "it",
        {"version", "tool", "accepts", "entries"},
        where,
    )
    if raw["version"] != VERSION:
        raise ArtifactUnreadable("it is not a bundle of reports of version 1", where=where)
    entries, accepts = raw["entries"], raw["accepts"]
    if not isinstance(accepts, bool):
        raise ArtifactUnreadable("accepts should be true or false", where=where)
    if not isinstance(entries, list):
        raise ArtifactUnreadable("entries should be a list", where=where)
    bundle = Bundle(
        tool=_text(raw["tool"], "tool", TEXT, where),
        entries=tuple(_entry(held, f"{where}: entries[{place}]") for place, held in enumerate(entries)),
        accepts=accepts,
    )
    fault = _fault(bundle)
    if fault:
        raise ArtifactUnreadable(fault, where=where)
    return bundle


def _fault(bundle: Bundle) -> str:
    """Say what is wrong with the entries together, or nothing."""
    if not 0 < len(bundle.entries) <= ENTRIES:
        return f"it should have 1 to {ENTRIES} reports, and has {len(bundle.entries)}"
    keys = [entry.key for entry in bundle.entries]
    if len(set(keys)) < len(keys):
        return "two of its reports are of one configuration and platform"
    return next((fault for entry in bundle.entries if (fault := _entry_fault(entry))), "")


def _entry_fault(entry: Entry) -> str:
    fault = path_fault(entry.config) or path_fault(entry.baseline)
    if fault:
        return fault
    if entry.config.rpartition("/")[0] != entry.baseline.rpartition("/")[0]:
        return "a baseline should stand beside its configuration"
    if entry.candidate is not None and len(entry.candidate.platforms) != 1:
        return "a candidate should have exactly one platform class"
    return ""


def _encode(entry: Entry) -> dict[str, Json]:
    return {
        "config": entry.config,
        "baseline": entry.baseline,
        "trained": entry.trained,
        "report": json_report.encode(entry.report),
        "candidate": baseline.as_json(entry.candidate) if entry.candidate is not None else None,
    }


def _entry(raw: object, where: str) -> Entry:
    held = _table(raw, "an entry", KEYS, where)
    if not isinstance(held["trained"], bool):
        raise ArtifactUnreadable("trained should be true or false", where=where)
    return Entry(
        config=_text(held["config"], "config", PATH, where),
        baseline=_text(held["baseline"], "baseline", PATH, where),
        report=json_report.decode(held["report"], where),
        candidate=_candidate(held["candidate"], where),
        trained=held["trained"],
    )


def _candidate(raw: object, where: str) -> Baseline | None:
    if raw is None:
        return None
    _bounded(raw, where)
    try:
        candidate = baseline.read(raw, where)
        # What is unknown to the reader, or not as it writes it, does not survive.
        same = baseline.as_json(candidate) == raw
    except (BaselineError, OverflowError) as error:  # statistics hold whole numbers beyond any float
        told = error.what if isinstance(error, BaselineError) else "a number in it is too large"
        raise ArtifactUnreadable(f"its candidate is no baseline: {clean(told, 200)}", where=where) from error
    if not same:
        raise ArtifactUnreadable("its candidate is not as repro writes baselines", where=where)
    return candidate


def _bounded(raw: object, where: str) -> None:
    """Refuse texts, lists and tables beyond their bounds."""
    pending = [raw]
    while pending:
        held = pending.pop()
        match held:
            case str() if len(held) > TEXT:
                raise ArtifactUnreadable(
                    f"its candidate has a text of more than {TEXT} characters", where=where
                )
            case list() if len(held) > CANDIDATE_LIST:
                raise ArtifactUnreadable(f"its candidate has a list of over {CANDIDATE_LIST}", where=where)
            case dict() if len(held) > CANDIDATE_TABLE:
                raise ArtifactUnreadable(f"its candidate has a table of over {CANDIDATE_TABLE}", where=where)
            case list():
                pending.extend(held)
            case dict():
                pending.extend(held)
                pending.extend(held.values())


def _decoded(text: str | bytes, where: str) -> str:
    try:
        return text if isinstance(text, str) else text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ArtifactUnreadable("it is not UTF-8", where=where) from error


def _table(raw: object, name: str, keys: set[str], where: str) -> Mapping[str, object]:
    if not isinstance(raw, dict) or set(raw) != keys:
        raise ArtifactUnreadable(
            f"{name} should be an object with the keys {', '.join(sorted(keys))}", where=where
        )
    return raw


def _text(raw: object, name: str, longest: int, where: str) -> str:
    if not isinstance(raw, str) or len(raw) > longest:
        raise ArtifactUnreadable(f"{name} should be a text of at most {longest} characters", where=where)
    return raw
