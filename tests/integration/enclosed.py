# SPDX-License-Identifier: Apache-2.0
"""A project whose steps are run by one means of enclosing them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from required import require_enclosing

from repro_action.config.model import Config, DataPin, LimitsConfig, SandboxConfig, Step
from repro_action.determinism.attach import hook_variables
from repro_action.digest import Digest
from repro_action.environments.current import Current
from repro_action.progress import Silent
from repro_action.sandbox.mechanisms import Bubblewrap, Namespaces
from repro_action.sandbox.select import select
from repro_action.steps.execute import LocalExecutor
from repro_action.steps.record import StepFailed, StepRequest


def in_reach_of_others(python: str) -> bool:
    """Whether a user who is not this one may run an interpreter, and read what it is made of."""
    places = (
        {Path(sys.base_prefix), Path(sys.prefix), Path(python).parent} if python == sys.executable else ()
    )
    return all(
        folder.stat().st_mode & 0o005 == 0o005 for place in places for folder in (place, *place.parents)
    )


MEANS = {"namespaces": Namespaces(), "bubblewrap": Bubblewrap()}


@pytest.fixture(params=MEANS.values(), ids=MEANS.keys())
def means(request):
    """Each mechanism that works here."""
    require_enclosing(request.param)
    return request.param


PIN = Digest("blake3", "0" * 64)
TRAIN = "from pathlib import Path\nPath('out').mkdir(exist_ok=True)\n"


class Project:
    """A folder with scripts, and steps that are run in it by one means."""

    def __init__(self, root: Path, means) -> None:
        self.root = root
        self.means = means
        self.folder = root / ".repro" / "runs" / "1"
        root.mkdir(parents=True)

    def write(self, name: str, text: str = "") -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def config(self, *steps: Step, sandbox: SandboxConfig | None = None, data=()) -> Config:
        return Config(
            root=self.root,
            path=self.root / "repro.toml",
            name="test",
            steps=steps,
            data=tuple(DataPin(path=path, digest=PIN) for path in data),
            sandbox=sandbox or SandboxConfig(),
        )

    def select(self, config: Config, environ=None):
        environment = Current(environ=dict(environ or os.environ)).prepare(config, Silent())
        if config.sandbox.network and config.sandbox.files == "any":
            return select(config, environment, mechanisms=(self.means,)), environment
        require_enclosing(self.means)
        chosen = select(config, environment, mechanisms=(self.means,))
        assert "none" != chosen.enforced.how, chosen.enforced.reason
        return chosen, environment

    def run(self, *steps: Step, sandbox=None, environ=None, data=(), prefix=(), hook=False, limits=None):
        config = self.config(*steps, sandbox=sandbox, data=data)
        chosen, environment = self.select(config, environ)
        records = []
        for step in steps:
            reports = self.folder / "hook" / step.name
            reports.mkdir(parents=True, exist_ok=True)
            attached = hook_variables(folder=reports, root=self.root, seed=1) if hook else {}
            request = StepRequest(
                root=self.root,
                python=environment.python,
                variables={**environment.variables, **step.env, **attached},
                log=self.folder / "logs" / f"{step.name}.log",
                prefix=prefix,
                limits=limits or LimitsConfig(),
            )
            with chosen.enclose(step, request) as enclosed:
                records.append(LocalExecutor().run(step, enclosed.request, Silent()))
        self.enforced = chosen.enforced
        return records

    def script(self, text: str, *, inputs=(), outputs=(), name="train", **more):
        self.write(f"{name}.py", text)
        step = Step(name=name, run=("python", f"{name}.py"), inputs=(f"{name}.py", *inputs), outputs=outputs)
        (record,) = self.run(step, **more)
        return record


def failure(project, text, **more) -> StepFailed:
    with pytest.raises(StepFailed) as caught:
        project.script(text, **more)
    return caught.value
