# SPDX-License-Identifier: Apache-2.0
"""Configurations as the text that loads as them."""

from __future__ import annotations

from collections.abc import Mapping

from repro_action.config.model import Config, EnvironmentConfig, LimitsConfig, MetricRule, Tolerance
from repro_action.config.sizes import size_text
from repro_action.config.write import SCHEMA_URL, Value, key, step_text, value


def dump(config: Config) -> str:
    """Return the text of a repro.toml; loading it gives `config` back."""
    blocks = [
        f"#:schema {SCHEMA_URL}",
        _pairs({"version": 1, "name": config.name, "seed": config.seed, "digest": config.digest}),
        "[environment]\n" + _pairs(_environment(config.environment)),
        "[determinism]\n"
        + _pairs(
            {
                "profile": config.determinism.profile,
                "threads": config.determinism.threads,
                "entropy": config.determinism.entropy,
                "cap_threads": config.determinism.cap_threads,
            }
        ),
        "[sandbox]\n"
        + _pairs(
            {
                "network": config.sandbox.network,
                "files": config.sandbox.files,
                "required": config.sandbox.required,
            }
        ),
        *_limits(config.limits),
        *("[[data]]\n" + _pairs({"path": pin.path, "digest": str(pin.digest)}) for pin in config.data),
        *("[[steps]]\n" + step_text(step) for step in config.steps),
        *(
            f"[{key('metrics', file)}]\n" + _pairs({name: _metric(rule) for name, rule in rules.items()})
            for file, rules in config.metrics.items()
        ),
        *(
            f"[{key('artifacts', rule.glob)}]\n"
            + _pairs({**_tolerance(rule.tolerance), "byproducts": rule.byproducts})
            for rule in config.artifacts
        ),
    ]
    return "\n\n".join(block.rstrip("\n") for block in blocks) + "\n"


def _limits(limits: LimitsConfig) -> list[str]:
    pairs = {
        "memory": None if limits.memory is None else size_text(limits.memory),
        "processes": limits.processes,
        "disk": None if limits.disk is None else size_text(limits.disk),
        "seconds": limits.seconds,
    }
    given = {name: item for name, item in pairs.items() if item is not None}
    return ["[limits]\n" + _pairs(given)] if given else []


def _pairs(table: Mapping[str, Value]) -> str:
    return "\n".join(f"{key(name)} = {value(item)}" for name, item in table.items())


def _environment(environment: EnvironmentConfig) -> dict[str, Value]:
    table: dict[str, Value] = {
        "backend": environment.backend,
        "lock": environment.lock,
        "python": environment.python,
        "flake": environment.flake,
        "image": environment.image,
        "allow-source-builds": environment.allow_source_builds,
        "inherit": environment.inherit,
    }
    return {name: item for name, item in table.items() if item}


def _metric(rule: MetricRule) -> dict[str, Value]:
    table: dict[str, Value] = {} if rule.goal is None else {"goal": rule.goal}
    table |= {"atol": rule.tolerance.atol, "rtol": rule.tolerance.rtol}
    return table if rule.worsening is None else {**table, "max_worsening": rule.worsening}


def _tolerance(tolerance: Tolerance) -> dict[str, Value]:
    return {"atol": tolerance.atol, "rtol": tolerance.rtol, "max_ulp": tolerance.max_ulp}
