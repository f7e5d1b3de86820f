# SPDX-License-Identifier: Apache-2.0
"""The report: everything that a run has to tell, as plain values; renderers are visitors of it.

A report answers two questions and never mixes them: `claim` compares the candidate with the
baseline committed beside it, `change` compares that baseline with the base branch's.
Texts are foreign unless said otherwise: each renderer escapes them for its own medium.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from repro_action.attribution.model import Attribution
from repro_action.compare.materials import MaterialDifference
from repro_action.compare.parting import TrainingParting
from repro_action.finding import Finding
from repro_action.fingerprint import MaterialKind
from repro_action.noise.margin import NoiseMargin
from repro_action.notice import Notice
from repro_action.observation import Observation
from repro_action.predictions.churn import PredictionChurn
from repro_action.report.config_changes import ConfigChanges
from repro_action.report.earlier_run import EarlierRun
from repro_action.report.leaves import LeafDifference, Magnitude
from repro_action.report.receipt_counts import ReceiptCounts
from repro_action.report.search_claims import SearchClaim
from repro_action.report.states import Flavour, Goal, Measured, State, StepState
from repro_action.report.trend import Trend
from repro_action.tree import Scalar
from repro_action.verdict import Verdict

__all__ = [
    "STRIP",
    "ArtifactDifference",
    "Cause",
    "Comparison",
    "Counts",
    "EarlierRun",
    "ExcludedLeaves",
    "Fact",
    "Flavour",
    "Goal",
    "InputState",
    "LeafDifference",
    "Magnitude",
    "Measured",
    "MetricRow",
    "Notice",
    "Pair",
    "Report",
    "Side",
    "State",
    "StepLine",
    "StepState",
    "Trend",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A named text, such as `python` → `3.11.7`."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A named text on both sides; empty where a side has none."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One suspected cause, in one line.

    Attributes:
        kind: class of material; None for circumstances and nondeterminism.
        name: the material's or circumstance's name.
        before, after: its values; empty where `text` says enough.
        text: the line as people read it: `params.toml: max_depth 4 → 6`.
        file, line: where it is written, relative to the project; empty and 0 where that is not known.
    """

    kind: MaterialKind | None
    name: str
    text: str
    before: str = ""
    after: str = ""
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class InputState:
    """One place of the strip `code = · data ≠ · …`.

    Attributes:
        name: `code`, `data`, `params`, `env`, `seed`, `determinism`, `hardware`.
        same: None where it is not known.
        note: a few words, such as the CPU that the run met.
    """

    name: str
    same: bool | None
    note: str = ""


STRIP = ("code", "data", "params", "env", "seed", "determinism", "hardware")
"""Names of a full strip, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRow:
    """One metric on both sides.

    Attributes:
        before, after: values; None where a side lacks it and `state` says which.
        delta: `after - before`; None where either is no number.
        relative: `delta / |before|`, 0.01 is one percent; None where `before` is 0.
        ulp: distance in units in the last place of a float64.
        better: whether `after` is the better one; None without a goal or a difference.
        allowed: the rule in words, such as `exact`, `±0.002`, `at most 0.01 worse`.
        further: whether it stands for all metrics of its file that a baseline does not list one by one:
            its name is a sentence that says which differ, and its values are how many they are.
        noise: what other seeds alone do to it; None where that was not measured.
    """

    file: str
    name: str
    state: State
    before: Scalar
    after: Scalar
    delta: float | None = None
    relative: float | None = None
    ulp: int | None = None
    goal: Goal = Goal.NONE
    better: bool | None = None
    allowed: str = ""
    further: bool = False
    noise: NoiseMargin | None = None

    @property
    def within(self) -> bool | None:
        """Whether a difference lies inside what is allowed; None where there is none."""
        return None if self.state is State.IDENTICAL else self.state.accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactDifference:
    """One artifact that is not identical in every byte.

    Attributes:
        format: name of the reader.
        size_before, size_after: bytes; None where the side has no such artifact.
        reason: such as `zip times`, or why it was read as plain bytes.
        leaves: the differing leaves that are shown, worst first.
        leaf_count: number of leaves compared, those of either side.
        hidden: number of differing leaves that are not shown.
    """

    path: str
    step: str
    format: str
    state: State
    size_before: int | None = None
    size_after: int | None = None
    reason: str = ""
    leaves: tuple[LeafDifference, ...] = ()
    leaf_count: int = 0
    hidden: int = 0

    @property
    def differing(self) -> int:
        """Number of leaves that differ, listed or not."""
        return sum(leaf.count for leaf in self.leaves) + self.hidden


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcludedLeaves:
    """Leaves of one artifact that a named rule left out of equality.

    Attributes:
        artifact: path of the artifact.
        rule: name of the rule.
        count: number of leaves.
        example: path of one of them.
    """

    artifact: str
    rule: str
    count: int
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Numbers of things, of one state."""

    artifacts: int = 0
    leaves: int = 0
    metrics: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What stands on one side of a comparison.

    Attributes:
        label: for the head of a column, such as `baseline`, `this run`, `main`.
        platform: the platform class whose bits these are.
        revision: commit, shortened; empty where unknown.
        merged_into: commit into which it was merged, and the merge is what ran; empty for the commit itself.
        uncommitted: files that were consumed and are not as in that commit.
    """

    label: str
    platform: str
    revision: str = ""
    merged_into: str = ""
    uncommitted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two fingerprints side by side.

    Attributes:
        materials: those that differ, in the order in which they are suspected.
        strip: one `InputState` for each name of `STRIP`.
        metrics: every row that differs; identical ones may be listed too.
        artifacts: those that are not identical in every byte, worst first.
        unchanged: what was compared and is identical.
        hidden: what differs and is not listed above.
        partings: the first entry that differs of each training's log whose values are known.
        predictions: declared predictions that are not the same, row by row.
    """

    before: Side
    after: Side
    strip: tuple[InputState, ...] = ()
    materials: tuple[MaterialDifference, ...] = ()
    metrics: tuple[MetricRow, ...] = ()
    artifacts: tuple[ArtifactDifference, ...] = ()
    excluded: tuple[ExcludedLeaves, ...] = ()
    unchanged: Counts = field(default_factory=Counts)
    hidden: Counts = field(default_factory=Counts)
    hidden_materials: int = 0
    partings: tuple[TrainingParting, ...] = ()
    predictions: tuple[PredictionChurn, ...] = ()

    @property
    def same_platform(self) -> bool:
        """Whether both sides promise the same bits."""
        return self.before.platform == self.after.platform

    @property
    def first(self) -> bool:
        """Whether the older side has nothing to compare with: all there is was added."""
        states = [*(row.state for row in self.metrics), *(found.state for found in self.artifacts)]
        return {*states} == {State.ADDED} and self.unchanged == Counts()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """One step of the run.

    Attributes:
        seconds: a byproduct; None where it did not run.
        first_difference: whether the first artifact that differs is one of its outputs.
    """

    name: str
    state: StepState
    seconds: float | None = None
    first_difference: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that one run has to tell.

    Attributes:
        version: of its document.
        tool: version of repro.
        name: the model's name.
        headline: one sentence, without the verdict's name.
        causes: ranked, most likely first.
        claim: candidate against the committed baseline; None where none could be made.
        change: the head's baseline against the base branch's; None outside a pull request.
        config_changes: the rules against the base branch's; None where they are the same.
        verified_in: the run that trained in place of this one; None where this one trained.
        circumstances: those that differ between the two sides of `claim`.
        environment: what the candidate ran in.
        environment_digest: of that environment; empty where the run did not come so far.
        warnings: knobs without effect, undeclared inputs, stragglers.
        hints: known causes that fit what was seen.
        error: of a `failed` run.
        reproduce: commands for the reader, one a line.
        fingerprint: `repro_action.codec.baseline.fingerprint_id` of the candidate.
        findings: lines that can have made its outputs differ, most likely first.
        observations: where randomness entered and what was reached; of reads, the undeclared ones.
        trends: how metrics went over the accepted baselines.
        trends_absent: why that is not known.
        claimed_by: another tool's file that the run was held against; empty for a baseline.
        searches: what the records of searches claim, and whether that is true.
        receipts: what other builders say of the run; None where no receipts are there or asked for.
        attribution: which part of the change moved the metrics; None where that was not asked for.
    """

    version: ClassVar[int] = 1

    tool: str
    name: str
    verdict: Verdict
    headline: str
    flavour: Flavour = Flavour.NONE
    causes: tuple[Cause, ...] = ()
    claim: Comparison | None = None
    change: Comparison | None = None
    steps: tuple[StepLine, ...] = ()
    circumstances: tuple[Pair, ...] = ()
    environment: tuple[Fact, ...] = ()
    warnings: tuple[Notice, ...] = ()
    hints: tuple[Notice, ...] = ()
    error: Notice | None = None
    reproduce: tuple[str, ...] = ()
    fingerprint: str = ""
    findings: tuple[Finding, ...] = ()
    observations: tuple[Observation, ...] = ()
    trends: tuple[Trend, ...] = ()
    trends_absent: str = ""
    environment_digest: str = ""
    config_changes: ConfigChanges | None = None
    verified_in: EarlierRun | None = None
    claimed_by: str = ""
    searches: tuple[SearchClaim, ...] = ()
    receipts: ReceiptCounts | None = None
    attribution: Attribution | None = None

    @property
    def reference(self) -> str:
        """How people call what the run was held against."""
        return f"what {self.claimed_by} records" if self.claimed_by else "the baseline"
