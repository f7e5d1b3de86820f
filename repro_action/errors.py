# SPDX-License-Identifier: Apache-2.0
"""Every failure that a user can meet: what happened, why it is likely, what to do.

ReproError
├── ConfigError             repro.toml is wrong or missing
├── EnvironmentUnavailable  the environment cannot be built or inspected
├── PinError                data is missing, or is not the data that was pinned
│   └── FetchError          data cannot be fetched, or is not what was promised
├── GraphError              the steps cannot be put in order
├── StepError               a step failed, timed out, or broke its promises about outputs
├── SealError               a material changed during the run
├── ArtifactUnreadable      a file is not what its format says, or exceeds a bound
├── BaselineError           repro.baseline.json cannot be read, or is another configuration's
├── LinkRefused             a file or folder that repro writes to is a symbolic link
├── ExtensionError          another package's reader, sink or backend is not as it should be
├── ArchiveError            products cannot be kept or brought back (archive/store.py)
├── SinkError               a report could not be put where it should go
├── CodeHostError           GitHub could not be asked, or refused (sinks/github/port.py)
├── Busy                    another run holds this project
└── Interrupted             the user stopped the run
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:  # `typing` and `dataclasses` take 8 ms, and `--help` needs neither
    from repro_action.notice import Notice


class ReproError(Exception):
    """The base of all failures that end with a message instead of a traceback.

    Attributes:
        what, why, remedy, where, log: as of `notice.Notice`.
    """

    exit_code = 2

    def __init__(self, what: str, *, why: str = "", remedy: str = "", where: str = "", log: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.remedy = remedy
        self.where = where
        self.log = log

    @property
    def notice(self) -> Notice:
        """The failure as a value."""
        from repro_action.notice import Notice

        return Notice(what=self.what, why=self.why, remedy=self.remedy, where=self.where, log=self.log)

    @property
    def text(self) -> str:
        """What happened, why and what to do, each from a line of its own; without the place and the log."""
        return "\n".join(part for part in (self.what, self.why, self.remedy) if part)

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        log = f"The whole log: {self.log}" if self.log else ""
        return "\n".join([head, *(part for part in (self.why, self.remedy, log) if part)])


class ConfigError(ReproError):
    """The configuration is missing or wrong."""


class EnvironmentUnavailable(ReproError):
    """The environment cannot be built, found or inspected."""


class PinError(ReproError):
    """Data is missing, or is not the data that was pinned."""


class FetchError(PinError):
    """Data cannot be fetched, or what came is not what was promised."""


class GraphError(ReproError):
    """The declared steps do not form a graph that can be run."""


class StepError(ReproError):
    """A step failed, timed out, or did not write what it declared."""


class SealError(ReproError):
    """A material changed during the run."""


class ArtifactUnreadable(ReproError):
    """A file is not what its format says, or exceeds a bound of depth, size or time."""


class BaselineError(ReproError):
    """The committed baseline cannot be read."""


class ForeignBaseline(BaselineError):
    """The baseline belongs to another configuration."""


class LinkRefused(ReproError):
    """A file or folder that repro writes to is a symbolic link, which may lead anywhere."""


class ExtensionError(ReproError):
    """A reader, sink or backend of another package is missing, or breaks the rules of its port."""


class SinkError(ReproError):
    """A report could not be put where it should go."""


class Busy(ReproError):
    """Another run of this project is going on."""


class OutOfTime(ReproError):
    """The time that everything together may take is over; what goes on is ended."""


class Interrupted(ReproError):
    """The user stopped the run (Ctrl-C or SIGTERM)."""

    exit_code = 130
