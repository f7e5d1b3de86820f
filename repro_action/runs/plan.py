# SPDX-License-Identifier: Apache-2.0
"""What a run will do: the steps in order, and the files that each of them consumes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from repro_action.config.model import Config, Step
from repro_action.fingerprint import MaterialKind
from repro_action.steps.graph import AbsentInput, StepInputs, classify, order
from repro_action.steps.inputs import expand_inputs, found


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """The steps in running order, each with its expanded inputs.

    Attributes:
        steps: in running order, paths cleaned.
        inputs: step name → expanded inputs.
        params: step name → parameter files that no step writes.
    """

    steps: tuple[Step, ...]
    inputs: Mapping[str, StepInputs]
    params: Mapping[str, tuple[str, ...]]

    @property
    def code(self) -> tuple[str, ...]:
        """Every code file of every step."""
        return tuple(sorted({path for step_inputs in self.inputs.values() for path in step_inputs.code}))

    @property
    def params_files(self) -> tuple[str, ...]:
        """Every parameter file that is a material."""
        return tuple(sorted({path for paths in self.params.values() for path in paths}))

    @property
    def outputs(self) -> Mapping[str, str]:
        """Output → the step that writes it."""
        return {output: step.name for step in self.steps for output in step.outputs}

    def writer(self, path: str) -> str:
        """Return the step that writes a file, itself or in an output folder; `""` if none."""
        return next(
            (
                name
                for output, name in self.outputs.items()
                if path == output or path.startswith(f"{output}/")
            ),
            "",
        )

    def consumed(self, step: str, params: Mapping[str, object]) -> frozenset[tuple[MaterialKind, str]]:
        """Return the materials that one step consumes besides those that all share.

        Args:
            step: its name; an unknown one consumes nothing.
            params: names of all parameter materials, `FILE: KEY`.
        """
        if step not in self.inputs:
            return frozenset()
        step_inputs = self.inputs[step]
        files = self.params[step]
        return frozenset(
            [
                # Inputs that no pin names are recorded as code or as data, by what they hold.
                *((MaterialKind.CODE, path) for path in (*step_inputs.code, *files)),
                *((MaterialKind.DATA, path) for path in (*step_inputs.code, *files)),
                *((MaterialKind.DATA, path) for path in step_inputs.data),
                *(
                    (MaterialKind.PARAMS, name)
                    for name in params
                    if name.startswith(tuple(f"{file}: " for file in files))
                ),
                (MaterialKind.STEPS, step),
            ]
        )


def make_plan(config: Config) -> RunPlan:
    """Put the steps in order and find their inputs.

    Raises:
        GraphError: the declarations contradict themselves or the project.
    """
    try:
        steps = order(config.steps, config.data, exists=lambda path: found(config.root, path))
    except AbsentInput as error:
        from repro_action.runs.absent_data import with_source

        raise with_source(error, config.root) from error
    pins = tuple(pin.path for pin in config.data)
    inputs: dict[str, StepInputs] = {}
    params: dict[str, tuple[str, ...]] = {}
    for index, step in enumerate(steps):
        made = tuple(output for earlier in steps[:index] for output in earlier.outputs)
        later = tuple(output for other in steps[index:] for output in other.outputs)
        files = expand_inputs(config.root, step.inputs, whole=(*made, *pins), without=later)
        declared = classify(step.params, produced=made, pinned=pins)
        # A file that is declared as parameters is recorded key by key, and not a second time as code.
        inputs[step.name] = classify(
            (file for file in files if file not in step.params), produced=made, pinned=pins
        )
        params[step.name] = (*declared.code, *declared.data)
    return RunPlan(steps=steps, inputs=inputs, params=params)
