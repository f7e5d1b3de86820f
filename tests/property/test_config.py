# SPDX-License-Identifier: Apache-2.0
"""Laws of the configuration for any input."""

from __future__ import annotations

import math
import tomllib
from contextlib import suppress
from pathlib import Path

from configurations import dump
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from repro_action import schemas
from repro_action.config.accepts import accepts
from repro_action.config.load import parse
from repro_action.config.model import (
    ArtifactRule,
    Config,
    DataPin,
    DeterminismConfig,
    EnvironmentConfig,
    MetricRule,
    SandboxConfig,
    Step,
    Tolerance,
)
from repro_action.config.positions import positions
from repro_action.config.write import key, text, value
from repro_action.digest import Digest
from repro_action.errors import ConfigError

PLACE = Path("/project/repro.toml")
SCHEMA = schemas.load("config.v1")
VALIDATOR = Draft202012Validator(SCHEMA)
KEYS = (
    *("version", "name", "seed", "digest", "environment", "determinism", "sandbox", "data", "steps"),
    *(
        "metrics",
        "artifacts",
        "backend",
        "lock",
        "run",
        "inputs",
        "outputs",
        "path",
        "a",
        "*",
        "goal",
        "atol",
    ),
    *("max_worsening", "timeout", "env", "params", "threads", "image", "network", "max_ulp", "byproducts"),
)
unicode = st.text(st.characters(codec="utf-8"), max_size=8)
keys = st.sampled_from(KEYS) | unicode
scalars = (
    st.booleans()
    | st.integers()
    | st.sampled_from([10**400, 1, 0, -1, 2**32])
    | st.floats()
    | unicode
    | st.sampled_from(["venv", "max", "../x", "train", "out/m.json", "container", f"blake3:{'0' * 64}"])
)
toml = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
tables = st.dictionaries(keys, toml, max_size=6)


def same(left: object, right: object) -> bool:
    return left == right or (isinstance(left, float) and isinstance(right, float) and math.isnan(left))


@settings(deadline=None)
@given(tables, st.booleans())
def test_no_table_crashes_the_loader(table: dict, whole: bool) -> None:
    body = {"version": 1, "name": "x", **table} if whole else table
    written = "".join(f"{key(name)} = {value(item)}\n" for name, item in body.items())
    text = "told"
    try:
        parse(written, PLACE)
    except ConfigError as error:
        text = str(error)
    assert text
    assert all(line.isprintable() for line in text.split("\n"))


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_crashes_the_loader(written: str) -> None:
    with suppress(ConfigError):
        parse(written, PLACE)


@settings(deadline=None)
@given(unicode)
def test_written_texts_read_back(word: str) -> None:
    assert {word: word} == tomllib.loads(f"{key(word)} = {text(word)}")


names = st.text("abcXYZ019_-é\"' {}=#.", min_size=1, max_size=8).filter(lambda name: name.strip(". ") != "")
paths = st.lists(names.filter(lambda name: name not in {".", ".."}), min_size=1, max_size=3).map("/".join)
numbers = st.floats(min_value=0, allow_nan=False, allow_infinity=False)


@st.composite
def configs(draw: st.DrawFn) -> Config:
    outputs = draw(st.lists(paths, max_size=4, unique=True))
    metrics = draw(st.lists(paths.map(lambda path: f"m/{path}.json"), max_size=2, unique=True))
    tolerances = st.builds(Tolerance, atol=numbers, rtol=numbers)
    plain = st.builds(MetricRule, goal=st.none() | st.sampled_from(["max", "min"]), tolerance=tolerances)
    bounded = st.builds(MetricRule, goal=st.sampled_from(["max", "min"]), worsening=numbers)
    texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zl", "Zp"]), max_size=8)
    environments = st.one_of(
        st.builds(EnvironmentConfig, backend=st.just("current"), python=texts),
        st.builds(EnvironmentConfig, backend=st.just("venv"), lock=paths, inherit=st.just(("AWS_*",))),
        st.builds(EnvironmentConfig, backend=st.just("nix"), flake=texts),
        st.just(EnvironmentConfig(backend="container", image=f"x@sha256:{'0' * 64}")),
    )
    step = st.builds(
        Step,
        name=st.just("train"),
        run=st.lists(texts, min_size=1, max_size=3).map(tuple),
        inputs=st.lists(paths, max_size=3).map(tuple),
        params=st.lists(paths.map(lambda path: f"{path}.toml"), max_size=2).map(tuple),
        outputs=st.just((*outputs, *metrics)),
        env=st.dictionaries(st.sampled_from(["A", "B_1"]), texts, max_size=2),
        timeout=st.none() | st.floats(min_value=0.001, max_value=1e9),
    )
    rules = st.builds(
        ArtifactRule,
        glob=st.sampled_from(outputs or ["x"]),
        tolerance=st.builds(Tolerance, atol=numbers, rtol=numbers, max_ulp=st.integers(0, 99)),
        byproducts=st.lists(texts.filter(bool), max_size=2).map(tuple),
    )
    return Config(
        root=PLACE.parent,
        path=PLACE,
        name=draw(texts.filter(bool)),
        seed=draw(st.integers(0, 2**32 - 1)),
        digest=draw(st.sampled_from(["blake3", "sha256"])),
        environment=draw(environments),
        determinism=draw(
            st.builds(
                DeterminismConfig,
                profile=st.sampled_from(["portable", "native", "off"]),
                threads=st.integers(1, 64),
                entropy=st.sampled_from(["record", "seed", "forbid"]),
            )
        ),
        sandbox=draw(
            st.builds(
                SandboxConfig,
                network=st.booleans(),
                files=st.sampled_from(["declared", "any"]),
                required=st.booleans(),
            )
        ),
        data=tuple(
            DataPin(path=path, digest=Digest("blake3", "0" * 64))
            for path in draw(st.lists(paths, max_size=2, unique=True))
        ),
        steps=(draw(step),),
        metrics={file: draw(st.dictionaries(texts, plain | bounded, max_size=3)) for file in metrics},
        artifacts=tuple(
            draw(st.lists(rules, max_size=2, unique_by=lambda rule: rule.glob)) if outputs else ()
        ),
    )


@settings(deadline=None)
@given(configs())
def test_loading_what_was_dumped_is_the_identity(config: Config) -> None:
    assert config == parse(dump(config), PLACE)


def every(value: object, path: tuple = ()) -> set[tuple]:
    """Return the paths of all keys and elements."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {found for part, inner in pairs for found in {(*path, part), *every(inner, (*path, part))}}


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Make a TOML text out of headers, dotted keys, comments, blank lines and all kinds of strings."""
    blocks = []
    for number in range(draw(st.integers(0, 4))):
        many = draw(st.booleans())
        header = key(f"t{number}", *draw(st.lists(keys, max_size=2)))
        lines = [f"[[{header}]] # [x]" if many else f"[ {header} ]"] * (
            draw(st.integers(1, 2)) if many else 1
        )
        for line in lines:
            blocks.append(line)
            for index in range(draw(st.integers(0, 3))):
                name = key(f"k{index}", *draw(st.lists(keys, max_size=1)))
                blocks.append(
                    f"  {name} = {draw(written_values)}" + draw(st.sampled_from(["", " # \"'", "\n"]))
                )
    return "\n".join(blocks) + draw(st.sampled_from(["", "\n"]))


written_values = st.one_of(
    toml.map(value),
    st.sampled_from(
        [
            '"""a\n"b" \\""" ] # }\n"""""',
            "'''x\n''y'' = 1\n'''''",
            "'a#]\"'",
            '"\\"#["',
            "[\n  1, # ]\n  'x',\n]",
            "[ {a = 1, 'b c'.d = [2]}, {} ]",
            "1979-05-27T07:32:00Z",
            "1979-05-27 07:32:00 # x",
            "0x1F",
            "{ a.b = 1, c = '}' }",
            "[]",
            "[[1, 2],\n[3]]",
        ]
    ),
)


@settings(deadline=None)
@given(documents())
def test_every_key_of_a_text_has_a_line_and_nothing_else_has(written: str) -> None:
    try:
        document = tomllib.loads(written)
    except tomllib.TOMLDecodeError:
        return
    lines = positions(written)
    assert every(document) == set(lines)
    count = written.count("\n") + 1
    assert all(1 <= line <= count for line in lines.values())
    for path, line in lines.items():
        if isinstance(path[-1], str) and path[-1].isascii() and path[-1].isalnum():
            assert path[-1] in written.split("\n")[line - 1]


@st.composite
def nearly_valid(draw: st.DrawFn) -> dict:
    """Return a configuration's table, in which one value may be another, missing or new."""
    document = tomllib.loads(dump(draw(configs())))
    paths = sorted(every(document), key=repr)
    *path, last = draw(st.sampled_from(paths))
    place = document
    for part in path:
        place = place[part]
    match draw(st.sampled_from(["keep", "replace", "remove", "add"])):
        case "replace":
            place[last] = draw(toml)
        case "remove":
            del place[last]
        case "add" if isinstance(place, dict):
            place[draw(keys)] = draw(toml)
    return document


@settings(deadline=None)
@given(nearly_valid() | tables)
def test_what_is_accepted_without_the_validator_is_valid(table: dict) -> None:
    assert not accepts(SCHEMA, table) or VALIDATOR.is_valid(table)


@settings(deadline=None)
@given(configs())
def test_what_is_valid_needs_no_validator(config: Config) -> None:
    assert accepts(SCHEMA, tomllib.loads(dump(config)))
