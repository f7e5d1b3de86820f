# SPDX-License-Identifier: Apache-2.0
"""The port that every environment backend fills: build, remember, enclose, check.

A backend derives from `EnvironmentBackend` and overrides what differs from the usual. The name of a
backend is tested nowhere: what the rest of repro asks is a method or an attribute here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:  # `repro status` needs none of what these load
    from repro_action.config.model import Config
    from repro_action.environments.checks import Check
    from repro_action.interpreter.environment import Environment
    from repro_action.progress import Progress
    from repro_action.sandbox.protocol import Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFiles:
    """The files of a repository that an environment is made from, for `repro plan`.

    Attributes:
        named: paths from the project's folder.
        below: folder below which lock files, requirements and Nix expressions count, those in other
            projects' folders excepted, unless they are expressions; None for none.
        above: whether lock files and requirements in the project's folder and above it count.
    """

    named: tuple[str, ...] = ()
    below: Path | None = None
    above: bool = False


class EnvironmentBackend(Protocol):
    """Builds or finds the environment that steps run in, and encloses them there.

    Attributes:
        installs_packages: whether the environment holds the project's packages and no others. Where it
            does not, only packages that steps import count as materials.
        uses_callers_python: whether, without `environment.python`, the caller's own interpreter is meant.
        programs: programs that must be on PATH, and that the action can install.
        disturbable: whether what encloses its steps lets `repro probe` disturb them.
    """

    installs_packages: ClassVar[bool] = True
    uses_callers_python: ClassVar[bool] = False
    programs: ClassVar[tuple[str, ...]] = ()
    disturbable: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """The backend's name, as in the configuration."""

    def peek(self, config: Config) -> Environment | None:
        """Return the environment if it is there, without building anything."""

    def prepare(self, config: Config, progress: Progress) -> Environment:
        """Return the environment, building it if need be.

        Raises:
            EnvironmentUnavailable: it cannot be built or inspected.
        """

    def kept(self, config: Config) -> Path | None:
        """Return the folder that an environment is built in once and kept, named by all that decides it.

        Raises:
            EnvironmentUnavailable: it cannot be told.
        """
        del config
        return None

    def enclosure(self, config: Config, environment: Environment) -> Sandbox:
        """Return what each step is enclosed in; it may also replace how a step is executed.

        Args:
            config: `[sandbox]`, and which files are declared.
            environment: as `prepare` returned it.

        Raises:
            EnvironmentUnavailable: what the configuration demands cannot be enforced here.
        """
        from repro_action.sandbox.select import select

        return select(config, environment)

    def sources(self, config: Config) -> SourceFiles:
        """Return the files whose change can change the environment.

        Raises:
            EnvironmentUnavailable: what it is made from cannot be found.
        """
        del config
        return SourceFiles(above=True)

    def checks(self, config: Config) -> Iterable[Check]:
        """Return what `repro doctor` should say before the environment is prepared."""
        del config
        return ()
