# SPDX-License-Identifier: Apache-2.0
"""The fingerprint of a run: its materials, its products as leaves, and its metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from repro_action.digest import Digest
from repro_action.profiles.model import TableProfile
from repro_action.tree import Kind, Leaf, Scalar


class MaterialKind(StrEnum):
    """Classes of materials, in the order in which they are suspected."""

    CODE = "code"
    DATA = "data"
    PARAMS = "params"
    STEPS = "steps"
    SEED = "seed"
    PACKAGES = "packages"
    ENVIRONMENT = "environment"
    DETERMINISM = "determinism"
    RULES = "rules"
    """How outputs are compared. No output depends on it; a baseline of an earlier version records none."""


UNVOUCHED = "not vouched for"
"""The setting that names the steps of which the hook cannot say what they did; only a run can tell."""

Materials = Mapping[MaterialKind, Mapping[str, Scalar]]
"""kind → name → value. Files have their digest as value, parameters their own value,
packages `version record:HEX`, steps their command line."""

Circumstances = Mapping[str, str]
"""What a run could not choose: `cpu`, `cpu_level`, `cores`, `kernel`, `libc`, `blas`…"""

Metrics = Mapping[str, Mapping[str, Scalar]]
"""metrics file → dotted name → value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldedValues:
    """Metrics of one file, or materials of one kind, that a baseline has no room to list by value.

    Attributes:
        count: how many there are.
        digest: over their names and values, of the content algorithm.
        marks: name → beginning of a digest of its value, of as many as there is room for. They name what
            differs, and prove nothing.
    """

    count: int
    digest: Digest
    marks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlisted:
    """What is left out of equality beyond the paths that a baseline has room for.

    Attributes:
        rules: name of a rule → how many more leaves it leaves out.
        digest: over all paths that are left out, listed or not; None where there is no room for it.
    """

    rules: Mapping[str, int]
    digest: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One output of a step.

    Attributes:
        step: name of the step that wrote it.
        format: name of the reader.
        size: bytes; of a folder, the sum.
        digest: of the container's bytes; says "only the bytes differ" when leaves agree. Of one among
            very many outputs, that of its tree.
        leaves: `repro_action.listing.flatten` of its tree, by path; where the digest is that of the
            tree, the one line that stands for all of it.
        excluded: path → named rule that leaves the leaf out of equality.
        unlisted: what else is left out, where paths take too much room.
        reason: why it was read as plain bytes, if it was.
    """

    step: str
    format: str
    size: int
    digest: Digest
    leaves: Mapping[str, Leaf] = field(default_factory=dict)
    excluded: Mapping[str, str] = field(default_factory=dict)
    unlisted: Unlisted | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        """Make the line that a tree's digest stands for."""
        if self.by_tree and not self.leaves:
            whole = Leaf(kind=Kind.FOLDED, digest=self.digest)
            object.__setattr__(self, "leaves", {"": whole})

    @property
    def by_tree(self) -> bool:
        """Whether the digest is that of the tree, so that nothing is known of the container's bytes."""
        return self.digest.algorithm.startswith("leaf1-")

    def left_out(self) -> Mapping[str, int]:
        """Return how many leaves each rule leaves out, by the rule's name."""
        more = self.unlisted.rules if self.unlisted is not None else {}
        return Counter(self.excluded.values()) + Counter(more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """Everything that is compared about one run, plus its circumstances.

    Attributes:
        platform: platform class whose bits these are, such as `x86_64-v3`.
        steps: step names in the order in which they ran.
        materials: what the run consumed.
        products: path → product, for every declared output that is not a metrics file.
        metrics: values of the metrics files.
        circumstances: never part of equality.
        folded_materials: materials that a baseline does not list; none of a run itself.
        folded_metrics: metrics file → likewise.
        profiles: path of pinned data → what its columns hold, where the configuration asks for it. It follows
            from the data, whose digest is a material, and is never compared as such.
    """

    platform: str
    steps: tuple[str, ...]
    materials: Materials
    products: Mapping[str, Product]
    metrics: Metrics
    circumstances: Circumstances
    folded_materials: Mapping[MaterialKind, FoldedValues] = field(default_factory=dict)
    folded_metrics: Mapping[str, FoldedValues] = field(default_factory=dict)
    profiles: Mapping[str, TableProfile] = field(default_factory=dict)
