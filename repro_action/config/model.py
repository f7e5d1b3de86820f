# SPDX-License-Identifier: Apache-2.0
"""The configuration as values; `repro_action.config.load` makes them from TOML."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from repro_action.config.column_rules import ColumnRule
from repro_action.config.evidence_config import EvidenceConfig
from repro_action.config.prediction_config import PredictionConfig
from repro_action.config.services import ArchiveConfig, TrackConfig
from repro_action.digest import Algorithm, Digest

Entropy = Literal["record", "seed", "forbid"]
Profile = Literal["portable", "native", "off"]
Goal = Literal["max", "min"]
Files = Literal["declared", "any"]

DEFAULT_BASELINE = "repro.baseline.json"
BASELINE_SUFFIX = ".baseline.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentConfig:
    """`[environment]`: where the steps run.

    Attributes:
        backend: which environment backend builds it: a name of `config.backends`, or an installed one.
        lock: hash-locked requirements file, for `venv`, relative to the project.
        python: interpreter for `current` and `venv`; empty for the active one.
        flake: flake reference, for `nix`.
        image: image by digest, for `container`.
        allow_source_builds: whether `venv` may build packages that have no wheel.
        inherit: names or globs of variables that the steps inherit besides the few defaults.
    """

    backend: str = "current"
    lock: str = ""
    python: str = ""
    flake: str = ""
    image: str = ""
    allow_source_builds: bool = False
    inherit: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeterminismConfig:
    """`[determinism]`: which knobs are pinned.

    Attributes:
        profile: which are.
        threads: for every library.
        entropy: what to do with randomness that nobody seeded.
        cap_threads: whether a program that asks a library for more threads gets no more than `threads`.
    """

    profile: Profile = "portable"
    threads: int = 1
    entropy: Entropy = "record"
    cap_threads: bool = False

    @property
    def cap(self) -> int:
        """The most threads that a program may ask a library for; 0 for any number."""
        return self.threads if self.cap_threads and self.profile != "off" else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxConfig:
    """`[sandbox]`: what the steps may reach.

    Attributes:
        network: whether they see a network.
        files: `declared`: only their inputs, outputs and the environment; `any`: everything.
        required: whether a machine that cannot enforce this fails the run, rather than say so.
    """

    network: bool = False
    files: Files = "declared"
    required: bool = False


READING_MEMORY = 4 << 30
READING_SECONDS = 600.0
"""What reading one artifact may take where the configuration says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsConfig:
    """`[limits]`: what one step may use, None for no limit; and what reading one artifact may.

    Attributes:
        memory: bytes of all its processes together.
        processes: how many it may have at a time.
        disk: bytes that it may write.
        seconds: how long it may take, besides its own `timeout`.
        reading_memory: bytes that reading an artifact may take, besides three times its size.
        reading_seconds: of processor time that reading an artifact may take.
    """

    memory: int | None = None
    processes: int | None = None
    disk: int | None = None
    seconds: float | None = None
    reading_memory: int = READING_MEMORY
    reading_seconds: float = READING_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPin:
    """One `[[data]]` entry: a file or folder.

    Attributes:
        path: relative to the project.
        digest: of what it holds.
        source: address of the file, to fetch it where it is not there; empty for none.
        profile: how much its profile in the baseline shows, `private` or `full`; empty for none.
        schema: file with a table schema that it keeps; empty for none.
        columns: what its columns must be, by name; checked before the first step.
    """

    path: str
    digest: Digest
    source: str = ""
    profile: str = ""
    schema: str = ""
    columns: Mapping[str, ColumnRule] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpinnedData:
    """A `[[data]]` entry that has no digest yet; as `DataPin`."""

    path: str
    source: str = ""


PRINTED = "stdout"
"""The word that stands in `outputs` for what a step prints; a file of that name is `./stdout`."""

NOTEBOOK = "notebook"
"""The word in `run[0]` that has repro execute a notebook: `run = ["notebook", "report.ipynb"]`."""


def printed_path(step: str) -> str:
    """Return the file that receives what a step prints where the configuration names none."""
    return f"{PRINTED}/{step}.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One `[[steps]]` entry.

    Attributes:
        name: unique.
        run: argument vector; no shell.
        cwd: folder that the command runs in, relative to the project; empty for the project's own.
        inputs: files, folders or globs, relative to the project.
        params: parameter files (TOML, JSON, YAML), recorded key by key.
        outputs: files or folders that the step writes.
        env: additional variables.
        stdout: the output that receives what the step prints; empty where that is no output.
        timeout: seconds; None for no limit.
    """

    name: str
    run: tuple[str, ...]
    cwd: str = ""
    inputs: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    stdout: str = ""
    timeout: float | None = None

    @property
    def notebook(self) -> str:
        """The notebook that the step executes, relative to the project; empty where it runs a program."""
        executes = self.run[:1] == (NOTEBOOK,) and len(self.run) > 1
        return self.in_project(self.run[1]) if executes else ""

    def in_project(self, path: str) -> str:
        """Return a path as the command means it, which is from `cwd`, from the project's folder."""
        return posixpath.normpath(posixpath.join(self.cwd, path)) if self.cwd else path


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How far a value may lie from the baseline's; all zero means exact.

    `|candidate - baseline| <= atol + rtol * |baseline|`, or at most `max_ulp` units in
    the last place of the array's own dtype.
    """

    atol: float = 0.0
    rtol: float = 0.0
    max_ulp: int = 0

    @property
    def exact(self) -> bool:
        """Whether only identical bits pass."""
        return self.atol == 0 and self.rtol == 0 and self.max_ulp == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRule:
    """One `[metrics."FILE"]` entry.

    Attributes:
        goal: which direction is better; None where neither is.
        tolerance: two-sided; inside it a difference is `equivalent`.
        worsening: how much worse, in the direction against `goal`, is still allowed;
            any improvement then is too. None where not declared.
        sigmas: likewise, in standard deviations of what other seeds alone do: `worsening` follows from
            it where a noise record is at hand; see `compare.seed_noise`.
        exact_because: why it does not follow, so that nothing but equality passes.
    """

    goal: Goal | None = None
    tolerance: Tolerance = field(default_factory=Tolerance)
    worsening: float | None = None
    sigmas: float | None = None
    exact_because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactRule:
    """One `[artifacts."GLOB"]` entry.

    Attributes:
        glob: which outputs it is for; the last matching rule decides.
        tolerance: for numeric leaves.
        byproducts: path globs of leaves that are left out of equality, visibly.
    """

    glob: str
    tolerance: Tolerance = field(default_factory=Tolerance)
    byproducts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRule:
    """One column of `[drift."PATH"]`.

    Attributes:
        most: measure (`psi`, `ks`, `js`, `missing`, `new_categories`) → the largest value that is no drift.
        ignore: whether the column is not compared.
    """

    most: Mapping[str, float] = field(default_factory=dict)
    ignore: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseConfig:
    """`[noise]`: how `repro calibrate` gives a project other seeds.

    Attributes:
        seed_params: parameters that are the seed, `FILE:KEY`; None for those whose name says so.
    """

    seed_params: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchConfig:
    """One `[search."FILE"]` entry: the record of a search, and how its claims are checked.

    Attributes:
        path: of the record: an output of a step, or a file that is there.
        study: name of the study; empty where the record has one.
        step: in whose environment, and with whose inputs, trials are asked for and trained again; empty for
            the one that writes the record.
        sampler: `module:name` of the sampler, or of a function that makes it; empty for that of the step.
        objective: `module:name` of the function that is optimized; empty for that of the step.
        trial: command that trains one trial and prints its value; empty where an objective does.
        best: file with the parameters of the winner; empty for none.
        retrain: how many trials are trained again, the winner among them.
        metric, goal: the reported number that is the value of a trial, and whether `min` or `max` of it is
            the best, for a record that says neither; empty for what it says.
    """

    path: str
    study: str = ""
    step: str = ""
    sampler: str = ""
    objective: str = ""
    trial: tuple[str, ...] = ()
    best: str = ""
    retrain: int = 1
    metric: str = ""
    goal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole configuration of one project.

    Attributes:
        root: absolute folder that every relative path starts from.
        path: the file it was read from.
        name: the model's name.
        seed: 0 to 2**32 - 1, for every generator.
        digest: content algorithm of materials and products.
        unpinned: data that `repro pin` has not given a digest yet; nothing runs with it.
        metrics: file → dotted name → rule; a file listed without names is still read.
        artifacts: in the order of the file.
        drift: data or predictions → column, or `*` → how far it may move.
        searches: records of searches whose claims are checked.
        predictions: outputs that are compared row by row as well.
        baseline: name of the baseline's file.
    """

    root: Path
    path: Path
    name: str
    seed: int = 0
    digest: Algorithm = "blake3"
    environment: EnvironmentConfig = field(default_factory=EnvironmentConfig)
    determinism: DeterminismConfig = field(default_factory=DeterminismConfig)
    sandbox: SandboxConfig = field(default_factory=SandboxConfig)
    limits: LimitsConfig = field(default_factory=LimitsConfig)
    track: TrackConfig = field(default_factory=TrackConfig)
    archive: ArchiveConfig = field(default_factory=ArchiveConfig)
    evidence: EvidenceConfig = field(default_factory=EvidenceConfig)
    noise: NoiseConfig = field(default_factory=NoiseConfig)
    drift: Mapping[str, Mapping[str, DriftRule]] = field(default_factory=dict)
    data: tuple[DataPin, ...] = ()
    unpinned: tuple[UnpinnedData, ...] = ()
    steps: tuple[Step, ...] = ()
    metrics: Mapping[str, Mapping[str, MetricRule]] = field(default_factory=dict)
    artifacts: tuple[ArtifactRule, ...] = ()
    searches: tuple[SearchConfig, ...] = ()
    predictions: tuple[PredictionConfig, ...] = ()
    baseline: str = DEFAULT_BASELINE

    @property
    def baseline_path(self) -> Path:
        """Path of the committed baseline, beside the configuration."""
        return self.root / self.baseline

    @property
    def state(self) -> Path:
        """The git-ignored folder for runs, caches and reports."""
        return self.root / ".repro"
