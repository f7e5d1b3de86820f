# SPDX-License-Identifier: Apache-2.0
"""Puts the steps in order and refuses those that have none; pure.

A step depends on another if one of its inputs or params reaches one of the other's outputs
(`repro_action.paths.patterns.reaches`). A glob never reaches the step's own outputs: they are
removed before the step starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

from repro_action.config.model import DataPin, Step
from repro_action.errors import GraphError
from repro_action.paths.names import RESERVED, clean, shown
from repro_action.paths.patterns import is_pattern, reaches, within


class AbsentInput(GraphError):
    """A file that a step reads comes from nowhere.

    Attributes:
        path: of the file.
    """

    def __init__(self, what: str, *, path: str) -> None:
        super().__init__(
            what,
            why="It is not in the project, no step declares it as an output, and it is not pinned data.",
            remedy="Correct the path, commit the file, declare it as an output of the step that writes it, "
            "or pin it with `repro pin`; data that is not committed is to be downloaded first.",
        )
        self.path = path


@dataclass(frozen=True, slots=True, kw_only=True)
class StepInputs:
    """The expanded inputs of a step by what vouches for them.

    Attributes:
        intermediate: outputs of earlier steps, or inside one.
        data: pinned data, or inside a pinned folder.
        code: everything else; digested as material.
    """

    intermediate: tuple[str, ...]
    data: tuple[str, ...]
    code: tuple[str, ...]


def order(
    steps: tuple[Step, ...], data: tuple[DataPin, ...], *, exists: Callable[[str], bool]
) -> tuple[Step, ...]:
    """Return the steps so that each comes after those whose outputs it reads.

    Among steps that are free to run, the order of the file decides.

    Args:
        steps: as declared; the returned ones have their paths cleaned.
        data: the pinned data; whether it is there is for the pins to say.
        exists: whether an input that no step writes is there: a file, a folder, or at
            least one match of a glob.

    Raises:
        GraphError: the steps contradict themselves, each other or the data.
    """
    cleaned = tuple(_cleaned(step) for step in steps)
    pinned = tuple(clean(pin.path, owner="[[data]]") for pin in data)
    _check_names(cleaned)
    for step in cleaned:
        _check_own_paths(step, pinned)
    for first, second in combinations(cleaned, 2):
        _check_rivals(first, second)
    needs = {step.name: _dependencies(step, cleaned) for step in cleaned}
    _check_sources(cleaned, pinned, exists)
    return _sorted(cleaned, needs)


def classify(paths: Iterable[str], *, produced: Iterable[str], pinned: Iterable[str]) -> StepInputs:
    """Sort expanded inputs by what vouches for them.

    Args:
        paths: of `repro_action.steps.inputs.expand_inputs`.
        produced: outputs of the steps that run earlier.
        pinned: paths of the pinned data.
    """
    made, pins = frozenset(produced), frozenset(pinned)
    intermediate: list[str] = []
    data: list[str] = []
    code: list[str] = []
    for path in paths:
        if _inside_any(path, made):
            intermediate.append(path)
        else:
            (data if _inside_any(path, pins) else code).append(path)
    return StepInputs(intermediate=tuple(intermediate), data=tuple(data), code=tuple(code))


def _inside_any(path: str, folders: frozenset[str]) -> bool:
    parts = path.split("/")
    return any("/".join(parts[:length]) in folders for length in range(1, len(parts) + 1))


def _cleaned(step: Step) -> Step:
    owner = f"step {shown(step.name)}"
    inputs, params, outputs = (
        tuple(dict.fromkeys(clean(path, owner=owner) for path in paths))
        for paths in (step.inputs, step.params, step.outputs)
    )
    if len(outputs) != len(step.outputs):
        raise GraphError(
            f"{owner} declares an output twice",
            why=f"Its outputs are {_listed(step.outputs)}.",
            remedy="Name each output once.",
        )
    return replace(step, inputs=inputs, params=params, outputs=outputs)


def _check_names(steps: tuple[Step, ...]) -> None:
    seen: set[str] = set()
    for step in steps:
        if step.name in seen:
            raise GraphError(
                f"two steps have the name {shown(step.name)}",
                why="Reports, logs and baselines tell steps apart by their name.",
                remedy="Rename one of them.",
            )
        seen.add(step.name)


def _check_own_paths(step: Step, pinned: tuple[str, ...]) -> None:
    name = shown(step.name)
    for path in (*step.outputs, *step.params):
        if is_pattern(path):
            raise GraphError(
                f"step {name} uses the glob {shown(path)} as an output or params file",
                why="Outputs and params files are named one by one, so that a missing one is noticed.",
                remedy="Name the file, or name its folder as the output.",
            )
    for output in step.outputs:
        if output.split("/")[0] in RESERVED:
            raise GraphError(
                f"step {name} declares the output {shown(output)}",
                why="Outputs are removed before a step starts; this folder belongs to git or repro.",
                remedy="Write to another folder, such as `out/`.",
            )
        _check_output(step, output, pinned)


def _check_output(step: Step, output: str, pinned: tuple[str, ...]) -> None:
    others = (
        ("pinned data", pinned, "Remove the [[data]] entry if the step makes it, or write elsewhere."),
        ("its own params file", step.params, "Write to another file."),
        (
            "its own input",
            tuple(path for path in step.inputs if not is_pattern(path)),
            "Write to a folder outside the input, or name the inputs one by one or by a glob.",
        ),
    )
    for meaning, paths, remedy in others:
        for path in paths:
            if within(path, output) or within(output, path):
                raise GraphError(
                    f"the output {shown(output)} of step {shown(step.name)} is or overlaps "
                    f"{meaning} {shown(path)}",
                    why="Outputs are removed before the step starts, which would remove what it reads.",
                    remedy=remedy,
                )


def _check_rivals(first: Step, second: Step) -> None:
    for one in first.outputs:
        for other in second.outputs:
            if within(one, other) or within(other, one):
                raise GraphError(
                    f"steps {shown(first.name)} and {shown(second.name)} both write "
                    f"{shown(max(one, other, key=len))}",
                    why=f"Their outputs {shown(one)} and {shown(other)} overlap, "
                    "so one would remove what the other wrote.",
                    remedy="Give each step an output file or folder of its own.",
                )


def _check_sources(steps: tuple[Step, ...], pinned: tuple[str, ...], exists: Callable[[str], bool]) -> None:
    for step in steps:
        # NOTE: a glob is matched with other steps' outputs only, since its own are removed.
        own = frozenset(step.outputs)
        made = [output for other in steps for output in other.outputs if output not in own]
        for path in (*step.inputs, *step.params):
            vouched = any(reaches(path, source) for source in (*made, *pinned))
            if not vouched and not exists(path):
                what = "no file matches" if is_pattern(path) else "there is no"
                raise AbsentInput(f"{what} {shown(path)}, which step {shown(step.name)} reads", path=path)


def _dependencies(step: Step, steps: tuple[Step, ...]) -> dict[str, str]:
    """Return the names of the steps that `step` reads from, each with one path."""
    needs: dict[str, str] = {}
    for other in steps:
        if other.name == step.name:
            continue
        for output in other.outputs:
            if any(reaches(path, output) for path in (*step.inputs, *step.params)):
                needs.setdefault(other.name, output)
    return needs


def _sorted(steps: tuple[Step, ...], needs: Mapping[str, Mapping[str, str]]) -> tuple[Step, ...]:
    placed: dict[str, Step] = {}
    waiting = list(steps)
    while waiting:
        free = next((step for step in waiting if needs[step.name].keys() <= placed.keys()), None)
        if free is None:
            raise _cycle_error([step.name for step in waiting], needs)
        placed[free.name] = free
        waiting.remove(free)
    return tuple(placed.values())


def _cycle_error(waiting: list[str], needs: Mapping[str, Mapping[str, str]]) -> GraphError:
    trail = [waiting[0]]
    while True:
        source = next(name for name in waiting if name in needs[trail[-1]])
        if source in trail:
            break
        trail.append(source)
    # The trail runs from reader to writer; people read from writer to reader.
    cycle = trail[trail.index(source) :][::-1]
    lead = min(range(len(cycle)), key=lambda index: waiting.index(cycle[index]))
    cycle = cycle[lead:] + cycle[:lead]
    ring = [*cycle, cycle[0]]
    reads = "; ".join(
        f"{shown(reader)} reads {shown(needs[reader][writer])} of {shown(writer)}"
        for writer, reader in pairwise(ring)
    )
    return GraphError(
        f"the steps wait for each other: {' → '.join(map(shown, ring))}",
        why=f"{reads}.",
        remedy="Split one of the steps, or name its inputs more narrowly than by a folder or glob.",
    )


def _listed(paths: Iterable[str]) -> str:
    return ", ".join(map(shown, paths))
