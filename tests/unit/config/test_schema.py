# SPDX-License-Identifier: Apache-2.0
"""The published schema, the model and the documentation say the same."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from jsonschema import Draft202012Validator

from repro_action import schemas
from repro_action.config import document
from repro_action.config.load import parse
from repro_action.config.model import (
    ArtifactRule,
    Config,
    DeterminismConfig,
    EnvironmentConfig,
    LimitsConfig,
    SandboxConfig,
    Step,
    Tolerance,
)
from repro_action.config.sizes import parse_size
from repro_action.config.write import SCHEMA_URL, value

SCHEMA = schemas.load("config.v1")
PAGE = Path(__file__).parents[3] / "docs" / "configuration.md"


def nodes(definition: object, path: str = "") -> Iterator[tuple[str, dict]]:
    if isinstance(definition, dict):
        yield path, definition
        for name, inner in definition.items():
            if name not in {"examples", "default"}:
                yield from nodes(inner, f"{path}/{name}")


def properties() -> Iterator[tuple[str, dict]]:
    for path, definition in nodes(SCHEMA):
        for name, inner in definition.get("properties", {}).items() if "type" in definition else ():
            reference = inner.get("$ref", "").removeprefix("#/$defs/")
            yield f"{path}/{name}", {**SCHEMA["$defs"].get(reference, {}), **inner}


def test_schema_is_a_schema_and_knows_its_address() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA_URL == SCHEMA["$id"]


def test_each_key_has_a_description_and_examples_that_it_admits() -> None:
    for path, definition in properties():
        assert definition.get("description", "").endswith("."), path
        assert definition.get("examples"), path
        validator = Draft202012Validator({**definition, "$defs": SCHEMA["$defs"]})
        for example in definition["examples"]:
            assert validator.is_valid(example), path
            assert {"x": example} == tomllib.loads(f"x = {value(example)}"), path


def test_each_table_refuses_keys_that_it_does_not_know() -> None:
    for path, definition in nodes(SCHEMA):
        if definition.get("type") == "object":
            assert "additionalProperties" in definition, path
            if "properties" in definition:
                assert definition["additionalProperties"] is False, path


def test_defaults_of_schema_and_model_agree() -> None:
    top = SCHEMA["properties"]
    tolerance = Tolerance()
    base = Config(root=Path("/"), path=Path("/repro.toml"), name="x")
    step = Step(name="x", run=("x",))
    rule = ArtifactRule(glob="x")
    objects = {
        ("seed", "digest"): (top, base),
        tuple(top["sandbox"]["properties"]): (top["sandbox"]["properties"], SandboxConfig()),
        tuple(top["environment"]["properties"]): (top["environment"]["properties"], EnvironmentConfig()),
        tuple(top["determinism"]["properties"]): (top["determinism"]["properties"], DeterminismConfig()),
        ("inputs", "params", "outputs", "env"): (top["steps"]["items"]["properties"], step),
        ("byproducts",): (top["artifacts"]["additionalProperties"]["properties"], rule),
        ("max_ulp",): (top["artifacts"]["additionalProperties"]["properties"], tolerance),
        ("atol", "rtol"): (SCHEMA["$defs"], tolerance),
    }
    for names, (definition, model) in objects.items():
        for name in names:
            actual = getattr(model, name.replace("-", "_"))
            assert definition[name]["default"] == (list(actual) if isinstance(actual, tuple) else actual), (
                name
            )
    limits = top["limits"]["properties"]
    assert parse_size(limits["reading_memory"]["default"]) == LimitsConfig().reading_memory
    assert limits["reading_seconds"]["default"] == LimitsConfig().reading_seconds
    assert "default" not in top["steps"]["items"]["properties"]["timeout"]
    assert step.timeout is None


def test_page_holds_the_table_of_the_schema() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert document.replace(page) == page, "run python -m repro_action.config.document docs/configuration.md"


def test_page_names_every_key() -> None:
    table = document.render()
    for path, _ in properties():
        name = path.rsplit("/", 1)[1]
        assert f"`{name}`" in table or f"[{name}" in table or f".{name}]" in table, path


def test_whole_example_of_the_page_loads() -> None:
    page = PAGE.read_text(encoding="utf-8")
    example = page.split("```toml\n")[1].split("```")[0]
    assert "wine" == parse(example, Path("/project/repro.toml")).name
