# SPDX-License-Identifier: Apache-2.0
"""From the tables of a TOML file to `Config`.

The builder trusts nothing: a table that is not what the schema says raises `MalformedValue`,
never another error, so it is safe on a text whose validation was skipped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from repro_action.config.backends import is_backend_name
from repro_action.config.column_rules import column_rules, profile_of
from repro_action.config.evidence_config import EvidenceConfig
from repro_action.config.model import (
    BASELINE_SUFFIX,
    PRINTED,
    ArtifactRule,
    Config,
    DataPin,
    DeterminismConfig,
    DriftRule,
    Entropy,
    EnvironmentConfig,
    Files,
    Goal,
    LimitsConfig,
    MetricRule,
    NoiseConfig,
    Profile,
    SandboxConfig,
    SearchConfig,
    Step,
    Tolerance,
    UnpinnedData,
    printed_path,
)
from repro_action.config.prediction_config import PredictionConfig
from repro_action.config.services import ArchiveConfig, MlflowConfig, TrackConfig, WandbConfig
from repro_action.config.sizes import parse_size
from repro_action.config.typed_table import MalformedValue, TypedTable
from repro_action.digest import Algorithm, Digest
from repro_action.errors import ConfigError
from repro_action.paths.names import normal

_CONTENT: tuple[Algorithm, ...] = ("blake3", "sha256")
_GOALS: tuple[Goal, ...] = ("max", "min")
_PROFILES: tuple[Profile, ...] = ("portable", "native", "off")
_ENTROPY: tuple[Entropy, ...] = ("record", "seed", "forbid")
LARGEST_SIGMAS = 6.0
"""Standard deviations of seed noise: beyond these, nothing would be refused."""
_FILES: tuple[Files, ...] = ("declared", "any")


def build(raw: Mapping[str, object], *, root: Path, path: Path) -> Config:
    """Make the configuration.

    Raises:
        Malformed: a value has a type that the schema refuses.
    """
    top = TypedTable(raw)
    base = Config(root=root, path=path, name=top.text("name"))
    if top.whole("version", 0) != 1 or not base.name:
        raise MalformedValue
    return replace(
        base,
        seed=top.whole("seed", base.seed),
        digest=top.choice("digest", _CONTENT, base.digest),
        baseline=_baseline(top, base),
        environment=_environment(top.table("environment")),
        determinism=_determinism(top.table("determinism")),
        sandbox=_sandbox(top.table("sandbox")),
        limits=_limits(top.table("limits")),
        track=_track(top.table("track")),
        archive=ArchiveConfig(url=top.table("archive").text("url")),
        evidence=_evidence(top.table("evidence")),
        noise=_noise(top.table("noise")),
        drift={
            normal(path): {column: _drift(rule) for column, rule in columns.items()}
            for path, columns in top.table("drift").items()
        },
        data=tuple(_data(item) for item in top.tables("data") if item.has("digest")),
        unpinned=tuple(
            UnpinnedData(path=normal(item.text("path")), source=item.text("source"))
            for item in top.tables("data")
            if not item.has("digest")
        ),
        steps=tuple(_step(item) for item in top.tables("steps")),
        metrics={normal(file): _metrics(rules) for file, rules in top.table("metrics").items()},
        artifacts=tuple(_artifact(glob, rule) for glob, rule in top.table("artifacts").items()),
        searches=tuple(_search(file, rule) for file, rule in top.table("search").items()),
        predictions=tuple(_predictions(file, rule) for file, rule in top.table("predictions").items()),
    )


def _baseline(top: TypedTable, base: Config) -> str:
    name = top.text("baseline", base.baseline)
    if not name.endswith(BASELINE_SUFFIX) or "/" in name:
        raise MalformedValue
    return name


def _environment(table: TypedTable) -> EnvironmentConfig:
    base = EnvironmentConfig()
    backend = table.text("backend", base.backend)
    if not is_backend_name(backend):
        raise MalformedValue
    return EnvironmentConfig(
        backend=backend,
        lock=normal(table.text("lock", base.lock)),
        python=table.text("python", base.python),
        flake=table.text("flake", base.flake),
        image=table.text("image", base.image),
        allow_source_builds=table.flag("allow-source-builds", default=base.allow_source_builds),
        inherit=table.texts("inherit"),
    )


def _determinism(table: TypedTable) -> DeterminismConfig:
    base = DeterminismConfig()
    return DeterminismConfig(
        profile=table.choice("profile", _PROFILES, base.profile),
        threads=table.whole("threads", base.threads),
        entropy=table.choice("entropy", _ENTROPY, base.entropy),
        cap_threads=table.flag("cap_threads", default=base.cap_threads),
    )


def _sandbox(table: TypedTable) -> SandboxConfig:
    base = SandboxConfig()
    return SandboxConfig(
        network=table.flag("network", default=base.network),
        files=table.choice("files", _FILES, base.files),
        required=table.flag("required", default=base.required),
    )


def _limits(table: TypedTable) -> LimitsConfig:
    base, memory = LimitsConfig(), _size(table, "reading_memory")
    return LimitsConfig(
        memory=_size(table, "memory"),
        processes=table.whole("processes", 0) if table.has("processes") else None,
        disk=_size(table, "disk"),
        seconds=table.number("seconds") if table.has("seconds") else None,
        reading_memory=base.reading_memory if memory is None else memory,
        reading_seconds=table.number("reading_seconds", base.reading_seconds),
    )


def _track(table: TypedTable) -> TrackConfig:
    mlflow, wandb = table.table("mlflow"), table.table("wandb")
    return TrackConfig(
        mlflow=MlflowConfig(uri=mlflow.text("uri"), experiment=mlflow.text("experiment"))
        if table.has("mlflow")
        else None,
        wandb=WandbConfig(project=wandb.text("project"), entity=wandb.text("entity"), mode=wandb.text("mode"))
        if table.has("wandb")
        else None,
    )


def _evidence(table: TypedTable) -> EvidenceConfig:
    return EvidenceConfig(receipts=table.whole("receipts", 0), keys=table.paths("keys"))


def _drift(table: TypedTable) -> DriftRule:
    given = {name: table.number(name) for name in table.names() if name != "ignore"}
    return DriftRule(most=given, ignore=table.flag("ignore", default=False))


def _noise(table: TypedTable) -> NoiseConfig:
    return NoiseConfig(seed_params=table.texts("seed_params") if table.has("seed_params") else None)


def _size(table: TypedTable, name: str) -> int | None:
    if not table.has(name):
        return None
    size = parse_size(table.text(name))
    if size is None:
        raise MalformedValue
    return size


def _data(table: TypedTable) -> DataPin:
    try:
        return DataPin(
            path=normal(table.text("path")),
            digest=Digest.parse(table.text("digest")),
            source=table.text("source"),
            profile=profile_of(table),
            schema=normal(table.text("schema")) if table.has("schema") else "",
            columns=column_rules(table),
        )
    except ConfigError as error:
        raise MalformedValue from error


def _step(table: TypedTable) -> Step:
    env = table.table("env")
    named = table.texts("outputs")
    outputs = tuple(normal(item) for item in named if item != PRINTED)
    stdout = printed_path(table.text("name")) if PRINTED in named else ""
    if table.has("stdout"):
        stdout = normal(table.text("stdout"))
    step = Step(
        name=table.text("name"),
        run=table.texts("run"),
        cwd=normal(table.text("cwd")) if table.has("cwd") else "",
        inputs=table.paths("inputs"),
        params=table.paths("params"),
        outputs=(*outputs, stdout) if stdout and stdout not in outputs else outputs,
        stdout=stdout,
        env={name: env.text(name) for name in env.names()},
        timeout=table.number("timeout") if table.has("timeout") else None,
    )
    return _with_notebook(step) if step.notebook else step


def _with_notebook(step: Step) -> Step:
    """Add to a step's inputs the notebook that it executes, and to its outputs the executed copy."""
    executed = tuple(map(step.in_project, step.run[2:3]))
    return replace(
        step,
        inputs=tuple(dict.fromkeys((step.notebook, *step.inputs))),
        outputs=tuple(dict.fromkeys((*executed, *step.outputs))),
    )


def _metrics(rules: TypedTable) -> dict[str, MetricRule]:
    return {
        name: MetricRule(
            goal=rule.choice("goal", _GOALS, "max") if rule.has("goal") else None,
            tolerance=Tolerance(atol=rule.number("atol"), rtol=rule.number("rtol")),
            worsening=_worsening(rule),
            sigmas=_sigmas(rule),
        )
        for name, rule in rules.items()
    }


def _worsening(rule: TypedTable) -> float | None:
    is_amount = rule.has("max_worsening") and not rule.is_text("max_worsening")
    return rule.number("max_worsening") if is_amount else None


def _sigmas(rule: TypedTable) -> float | None:
    """Return how much worse is allowed where it is a multiple of seed noise, as in `2 sigma`."""
    if not rule.is_text("max_worsening"):
        return None
    number, _, unit = rule.text("max_worsening").partition(" ")
    try:
        sigmas = float(number)
    except ValueError as error:
        raise MalformedValue from error
    if unit != "sigma" or not 0 < sigmas <= LARGEST_SIGMAS:
        raise MalformedValue
    return sigmas


def _artifact(glob: str, rule: TypedTable) -> ArtifactRule:
    return ArtifactRule(
        glob=normal(glob),
        tolerance=Tolerance(
            atol=rule.number("atol"), rtol=rule.number("rtol"), max_ulp=rule.whole("max_ulp", 0)
        ),
        byproducts=rule.texts("byproducts"),
    )


def _search(file: str, rule: TypedTable) -> SearchConfig:
    base = SearchConfig(path=normal(file))
    return replace(
        base,
        study=rule.text("study"),
        step=rule.text("step"),
        sampler=rule.text("sampler"),
        objective=rule.text("objective"),
        trial=rule.texts("trial"),
        best=normal(rule.text("best")) if rule.has("best") else "",
        retrain=rule.whole("retrain", base.retrain),
        metric=rule.text("metric"),
        goal=rule.text("goal"),
    )


def _predictions(file: str, rule: TypedTable) -> PredictionConfig:
    return PredictionConfig(
        path=normal(file),
        key=rule.text("key"),
        label=rule.text("label"),
        score=rule.text("score"),
        truth=rule.text("truth"),
        show_rows=rule.flag("show_rows", default=False),
    )
