# SPDX-License-Identifier: Apache-2.0
"""The folder of an experiment of Ray Tune: trials by their place, with their parameters and reports.

Names of folders, ids, times, the machine and Ray's own state are left out by a rule; whatever else is in a
trial's folder, such as checkpoints, is read as the file that it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import key_segment, name_segment
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import ReadContext
from repro_action.readers.tables.columns import column
from repro_action.readers.tracking.ray_files import (
    OWN,
    RayTrial,
    by_keys,
    read_reports,
    read_state,
    state_file,
)
from repro_action.tree import Branch, Excluded, Node, Tree, branch

FORMAT = "ray-tune"
RULE = "ray-byproducts"
_READ = frozenset({"params.json", "params.pkl", "result.json", "progress.csv"})
"""What says the parameters and reports of a trial, once more or as they are read."""

_EVENTS = re.compile(r"events\.out\.tfevents\.\d+\..+")
_OWN_TAGS = frozenset(key_segment(f"ray/tune/{key}") for key in OWN)
_SESSION = re.compile(r"experiment_state-(.+)\.json")


def is_experiment(folder: Path) -> bool:
    """Whether Ray Tune wrote a folder."""
    return state_file(folder) is not None


def read_experiment(
    folder: Path, prefix: str, below: Callable[[Path, str], Tree], context: ReadContext
) -> Tree:
    """Read an experiment.

    Args:
        folder: the experiment's.
        prefix: what comes before the names in it.
        below: reads a file or folder that Ray gives no meaning to; is given its path below the artifact.
        context: limits and digester.

    Raises:
        ArtifactUnreadable: it is not what Ray Tune writes.
    """
    state = state_file(folder)
    if state is None:
        raise ArtifactUnreadable("it has no state of an experiment")
    metric, trials = read_state(state, context)
    children: list[tuple[str, Node]] = [(".metric", value_tree(metric, context))]
    left: list[Excluded] = []
    for number, trial in enumerate(trials):
        segment = f".trials[{number}]"
        node, excluded = _trial(folder, trial, prefix, below, context)
        children.append((segment, node))
        left += [Excluded(path=segment + one.path, rule=one.rule) for one in excluded]
    names = {trial.name for trial in trials}
    for entry in sorted(folder.iterdir()):
        if entry.name in names:
            continue
        if _is_own(entry, state):
            left.append(Excluded(path=name_segment(entry.name), rule=RULE))
            continue
        tree = below(entry, prefix + entry.name)
        children.append((name_segment(entry.name), tree.root))
        left += [Excluded(path=name_segment(entry.name) + one.path, rule=one.rule) for one in tree.excluded]
    root = branch(children, type=FORMAT, algorithm=context.digester.algorithm)
    return Tree(format=FORMAT, root=root, excluded=tuple(left))


def _is_own(entry: Path, state: Path) -> bool:
    """Whether it is the state of Ray's own session, which the state of the experiment names."""
    found = _SESSION.fullmatch(state.name)
    session = found[1] if found else ""
    names = {"tuner.pkl", ".validate_storage_marker"}
    return not entry.is_dir() and (entry.name in names or entry.stem.endswith(f"-{session}"))


def _trial(
    folder: Path, trial: RayTrial, prefix: str, below: Callable[[Path, str], Tree], context: ReadContext
) -> tuple[Node, list[Excluded]]:
    reports = [by_keys(report) for report in read_reports(folder, trial, context)]
    keys = sorted({key for report in reports for key in report})
    columns: list[tuple[str, Node]] = [
        (_path(key), column([report.get(key) for report in reports], context))
        for key in keys
        if key[0] not in OWN
    ]
    left = [Excluded(path=f".reports{_path(key)}", rule=RULE) for key in keys if key[0] in OWN]
    children: list[tuple[str, Node]] = [
        (".status", value_tree(trial.status, context)),
        (".config", value_tree(dict(trial.config), context)),
        (".reports", branch(columns, algorithm=context.digester.algorithm)),
    ]
    own = folder / trial.name
    for entry in sorted(own.iterdir()) if trial.name and own.is_dir() and not own.is_symlink() else ():
        if entry.name in _READ and entry.is_file() and not entry.is_symlink():
            continue
        tree = below(entry, f"{prefix}{trial.name}/{entry.name}")
        segment = name_segment(entry.name)
        if _EVENTS.fullmatch(entry.name):
            # The name of TensorBoard's file has the time and the machine.
            segment, tree = "/events.out.tfevents", _without_own(tree, context)
        children.append((segment, tree.root))
        left += [Excluded(path=segment + one.path, rule=one.rule) for one in tree.excluded]
    return branch(children, algorithm=context.digester.algorithm), left


def _without_own(tree: Tree, context: ReadContext) -> Tree:
    """Return the events that repeat a trial's reports, without what is left out of those."""
    root = tree.root
    if not isinstance(root, Branch):
        return tree
    kept = [(segment, node) for segment, node in root.children if segment not in _OWN_TAGS]
    left = [segment for segment, _ in root.children if segment in _OWN_TAGS]
    return replace(
        tree,
        root=branch(kept, type=root.type, algorithm=context.digester.algorithm),
        excluded=(*tree.excluded, *(Excluded(path=segment, rule=RULE) for segment in left)),
    )


def _path(keys: tuple[str, ...]) -> str:
    return "".join(map(key_segment, keys))
