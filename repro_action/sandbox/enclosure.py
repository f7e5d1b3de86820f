# SPDX-License-Identifier: Apache-2.0
"""A step's request → the request to run instead, and its outputs back in the project afterwards."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from repro_action.config.find import OWN, SHARED
from repro_action.config.model import Config, Step
from repro_action.errors import StepError
from repro_action.paths.names import normal, shown
from repro_action.paths.patterns import within
from repro_action.sandbox.declared import inputs_taken_whole, readable, trace
from repro_action.sandbox.enclosed_step import EnclosedStep
from repro_action.sandbox.layout import EnclosureLayout, Mount, ordered, read
from repro_action.sandbox.mechanisms import Mechanism
from repro_action.sandbox.mounts import machine_mounts, private
from repro_action.sandbox.protocol import Enclosed, Enforced, UndeclaredUse
from repro_action.sandbox.sockets import socket_masks
from repro_action.sandbox.staging import Staging
from repro_action.sandbox.tidy import discard, entries_of, keep_files_only
from repro_action.sandbox.trackers import tracker_variables
from repro_action.steps.execute import PYTHONS, working_folder
from repro_action.steps.outputs import clear_outputs
from repro_action.steps.record import StepFailed, StepRequest

HIDES_FILES = "REPRO_HIDES_FILES"
"""Tells the hook that a file may be there and not be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Encloses nothing, and says why."""

    enforced: Enforced

    @contextmanager
    def enclose(self, step: Step, request: StepRequest) -> Iterator[Enclosed]:
        """Return the request as it is."""
        del step
        yield Enclosed(request=request)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """Encloses steps with one mechanism.

    Attributes:
        config: what is asked for, and which files are declared.
        mechanism: how a step is enclosed.
        shared_mounts: what every step may read.
        proven: what the canary found.
    """

    config: Config
    mechanism: Mechanism
    shared_mounts: tuple[Mount, ...]
    proven: Enforced
    _seen: dict[str, UndeclaredUse] = field(default_factory=dict, compare=False)

    @property
    def enforced(self) -> Enforced:
        """What was proven, and what was seen of the steps so far."""
        return replace(self.proven, seen=dict(self._seen))

    @contextmanager
    def enclose(self, step: Step, request: StepRequest) -> Iterator[Enclosed]:
        """Return the request to run instead; leaving the context brings the outputs back.

        Raises:
            StepError: the step's files cannot be laid out or brought back.
            StepFailed: the step failed; where the sandbox is why, the error says so.
        """
        folder = working_folder(step, request.root)
        program = _program(step, folder, request)
        if program == "":  # there is none: the executor has the better message
            yield Enclosed(request=request)
            return
        enclosed_step = self._enclosed_step(step, request)
        try:
            if enclosed_step.files:
                with self._staged(enclosed_step, request, program or "") as enclosed:
                    yield enclosed
            else:
                with self._in_place(step, request) as enclosed:
                    yield enclosed
        except StepFailed as error:
            from repro_action.sandbox.diagnosis import explained

            found = explained(error, self._with_own(enclosed_step))
            if found is error:
                raise  # an error is not its own cause
            raise found from error
        from repro_action.sandbox.diagnosis import looked_for  # loaded while the step ran

        use = self._seen.get(step.name, UndeclaredUse())
        self._seen[step.name] = replace(use, sought=looked_for(self._with_own(enclosed_step)))

    def _with_own(self, enclosed_step: EnclosedStep) -> EnclosedStep:
        """Return a step that ended with what it wrote undeclared: the sandbox hid none of that."""
        return replace(enclosed_step, own=self._seen.get(enclosed_step.step.name, UndeclaredUse()).own)

    def _enclosed_step(self, step: Step, request: StepRequest) -> EnclosedStep:
        settings = self.config.sandbox
        files = settings.files == "declared"
        return EnclosedStep(
            step=step,
            root=request.root,
            declared=readable(self.config, step, request.root) if files else (),
            hook=Path(request.variables.get("REPRO_HOOK_DIR", os.devnull)),
            files=files,
            network=not settings.network,
            how=self.mechanism.name,
            seen_as=request.seen_as,
        )

    @contextmanager
    def _in_place(self, step: Step, request: StepRequest) -> Iterator[Enclosed]:
        base = _folder(request)
        (base / "root").mkdir(parents=True, exist_ok=True)
        layout = EnclosureLayout(
            base=base / "root",
            folder=request.root / step.cwd,
            mounts=machine_mounts(),
            machine=True,
            network=self.config.sandbox.network,
            host=request.host,
        )
        try:
            yield Enclosed(request=self.mechanism.enclosed(request, layout))
        finally:
            discard(base)

    @contextmanager
    def _staged(self, enclosed_step: EnclosedStep, request: StepRequest, program: str) -> Iterator[Enclosed]:
        # NOTE: in the project itself, so that all that guards it is asked before anything runs;
        # what the executor removes is in the stage.
        clear_outputs(enclosed_step.step, request.root, request.protected)
        reports_before = entries_of(enclosed_step.hook)
        base = _folder(request)
        real = Path(os.path.realpath(request.root))
        with _as_step_error(enclosed_step.step, "set up"):
            stage = Staging(
                real=real,
                base=base,
                kept=base.parents[1] / "undeclared" / enclosed_step.step.name,
                tracked=base.parents[1] / "tracking" / enclosed_step.step.name,
                seen=Path(os.path.realpath(request.seen_as or real)),
                claimed=_claimed(self.config, enclosed_step.step),
            )
        try:
            with _as_step_error(enclosed_step.step, "set up"):
                layout = self._layout(enclosed_step, request, stage, program)
                enclosed = self.mechanism.enclosed(request, layout)
            inside = replace(
                enclosed,
                root=stage.project,
                protected=(),
                written=(base,),
                variables={**_seen_variables(request), **self._trackers(request), HIDES_FILES: "1"},
            )
            yield Enclosed(request=inside)
        finally:
            keep_files_only(enclosed_step.hook, reports_before)
            with _as_step_error(enclosed_step.step, "copied back to the project"):
                self._seen[enclosed_step.step.name] = stage.bring_back(enclosed_step.step.outputs)

    def _trackers(self, request: StepRequest) -> Mapping[str, str]:
        return {} if self.config.sandbox.network else tracker_variables(request.variables)

    def _layout(
        self, enclosed_step: EnclosedStep, request: StepRequest, stage: Staging, program: str
    ) -> EnclosureLayout:
        traced = trace(stage.real, enclosed_step.declared, taken_whole=inputs_taken_whole(self.config))
        homes, temporary = private(request.variables)
        project = Mount(kind="write", source=str(stage.project), target=str(stage.seen))
        hook = request.variables.get("REPRO_HOOK_DIR", "")
        mounts = ordered(
            [project, *_link(request.seen_as or request.root, stage.seen)],
            [Mount(kind="write", source=hook, target=os.path.realpath(hook))] if hook else [],
            stage.inputs(traced),
            stage.private(homes, temporary),
            self.shared_mounts,
            self._moved(stage.seen),
            [] if self._visible(program, stage.real) else [read(program)],
        )
        mounts = ordered(mounts, stage.hidden(traced, mounts), socket_masks(mounts))
        stage.make_places(mounts)
        stage.make_folder(enclosed_step.step.cwd)
        return EnclosureLayout(
            base=stage.root,
            folder=stage.seen / enclosed_step.step.cwd,
            mounts=mounts,
            network=self.config.sandbox.network,
            shared_memory=request.limits.memory,
            host=request.host,
        )

    def _moved(self, seen: Path) -> Iterator[Mount]:
        """Yield the parts of the environment that stand in the project, where that is seen elsewhere."""
        root = os.path.realpath(self.config.root)
        for mount in self.shared_mounts if str(seen) != root else ():
            if mount.kind == "read" and mount.target.startswith(f"{root}/"):
                yield replace(mount, target=str(seen / mount.target[len(root) + 1 :]))

    def _visible(self, program: str, real: Path) -> bool:
        """Whether a program need not be laid out by itself: part of the project or of the environment."""
        places = [str(real), *(mount.target for mount in self.shared_mounts)]
        return not program or any(within(program, place) for place in places)


def _claimed(config: Config, step: Step) -> tuple[str, ...]:
    """Return what a step must not make: configurations, the baseline, and outputs of other steps."""
    names = {OWN, SHARED, config.path.name, config.baseline_path.name}
    others = (normal(path) for other in config.steps if other.name != step.name for path in other.outputs)
    return (*sorted(names), *others)


@contextmanager
def _as_step_error(step: Step, what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StepError(
            f"the sandbox of step {shown(step.name)} cannot be {what}: {error.strerror or error}",
            where=os.fsdecode(error.filename or ""),
            remedy="Check for a full disk, or a file that cannot be read or moved; "
            'files = "any" under [sandbox] avoids this.',
        ) from error


def _folder(request: StepRequest) -> Path:
    """Return the folder of a step's stage: beside the logs of its run, on the project's file system."""
    return request.log.parents[1] / "stage" / request.log.stem


def _seen_variables(request: StepRequest) -> Mapping[str, str]:
    if request.seen_as is None or "REPRO_PROJECT_ROOT" not in request.variables:
        return request.variables
    return {**request.variables, "REPRO_PROJECT_ROOT": str(request.seen_as)}


def _link(root: Path, real: Path) -> tuple[Mount, ...]:
    """Return what makes the project's path work inside, where it leads through a link."""
    return () if root == real else (Mount(kind="link", source=str(real), target=str(root)),)


def _program(step: Step, folder: Path, request: StepRequest) -> str | None:
    """Return the absolute path of what is started; "" where there is none, None for the interpreter."""
    name = next(iter((*request.prefix, *step.run)), "")
    if not request.prefix and name in PYTHONS:
        return None
    if "/" in name:
        path = os.path.normpath(folder / name)
        return path if os.access(path, os.X_OK) else ""
    return shutil.which(name, path=_searched(folder, request.variables)) or ""


def _searched(root: Path, variables: Mapping[str, str]) -> str:
    folders = variables.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(str(root / folder) for folder in folders)
