# SPDX-License-Identifier: Apache-2.0
"""TOML text from values, with every name escaped; TOML 1.0, https://toml.io/en/v1.0.0."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from repro_action.config.model import Config, EnvironmentConfig, LimitsConfig, MetricRule, Step, Tolerance
from repro_action.config.sizes import size_text

SCHEMA_URL = "https://repro-action.dev/schemas/config.v1.schema.json"

_BARE = re.compile(r"[A-Za-z0-9_-]+")
Value = str | int | float | bool | Iterable["Value"] | Mapping[str, "Value"]


def text(value: str) -> str:
    """Return a TOML basic string; what is not printable is escaped."""
    escaped = "".join(_escape(character) for character in value)
    return f'"{escaped}"'


def _escape(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"


def key(*parts: str) -> str:
    """Return a dotted TOML key; parts that are not bare are quoted."""
    return ".".join(part if _BARE.fullmatch(part) else text(part) for part in parts)


def value(plain: Value) -> str:
    """Return a TOML value on one line."""
    match plain:
        case bool():
            return "true" if plain else "false"
        case str():
            return text(plain)
        case int():
            return str(plain)
        case float():
            return repr(plain)
        case Mapping():
            pairs = ", ".join(f"{key(name)} = {value(item)}" for name, item in plain.items())
            return f"{{ {pairs} }}" if pairs else "{}"
    return f"[{', '.join(value(item) for item in plain)}]"


def array(items: Iterable[str], *, width: int = 100) -> str:
    """Return an array of strings, over several lines where one would be too long."""
    quoted = [text(item) for item in items]
    line = f"[{', '.join(quoted)}]"
    if len(line) <= width:
        return line
    return "[\n" + "".join(f"  {item},\n" for item in quoted) + "]"


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


def step_text(step: Step) -> str:
    """Return the lines of one `[[steps]]` table, without its header."""
    lines = [f"name = {text(step.name)}", f"run = {array(step.run)}"]
    lists = {"inputs": step.inputs, "params": step.params, "outputs": step.outputs}
    lines += [f"{name} = {array(items)}" for name, items in lists.items() if items]
    if step.env:
        lines.append(f"env = {value(step.env)}")
    if step.timeout is not None:
        lines.append(f"timeout = {value(step.timeout)}")
    return "\n".join(lines)


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
