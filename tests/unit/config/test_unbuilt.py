# SPDX-License-Identifier: Apache-2.0
"""Words that are kept for later are never offered, and are refused where they are used."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro_action import schemas
from repro_action.config.backends import AVAILABLE, BACKENDS, FOREIGN
from repro_action.config.load import parse
from repro_action.config.model import Config, EnvironmentConfig
from repro_action.config.problems import InvalidConfig
from repro_action.config.validate import SCHEMA
from repro_action.environments import backend_for
from repro_action.errors import EnvironmentUnavailable

MINIMAL = 'version = 1\nname = "m"\n[[steps]]\nname = "a"\nrun = ["true"]\n'
PLACE = Path("/p/repro.toml")


@pytest.mark.parametrize("name", [entry.name for entry in BACKENDS])
def test_a_backend_is_built_or_said_not_to_be(name: str) -> None:
    config = Config(root=PLACE.parent, path=PLACE, name="m", environment=EnvironmentConfig(backend=name))
    if name not in AVAILABLE:
        with pytest.raises(EnvironmentUnavailable, match="not built yet"):
            backend_for(config, {})
    else:
        assert name == backend_for(config, {}).name


def test_the_schema_lists_the_names_of_the_table() -> None:
    environment = schemas.load(SCHEMA)["properties"]["environment"]["properties"]
    ours, foreign = environment["backend"]["anyOf"]
    assert [entry.name for entry in BACKENDS] == ours["enum"]
    assert f"^{FOREIGN.pattern}$" == foreign["pattern"]
    known = set(environment) - {"backend", "inherit"}
    assert known == {key for entry in BACKENDS for key in entry.reads}


@pytest.mark.parametrize("entry", [entry.name for entry in BACKENDS])
def test_no_name_of_ours_could_be_another_packages(entry: str) -> None:
    assert not FOREIGN.fullmatch(entry)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        (
            '[environment]\nbackend = "conda"\n',
            "expected one of 'current', 'venv', 'nix', 'nix-build', found 'conda'",
        ),
        ('[determinism]\nentropy = "ban"\n', "expected one of 'record', 'seed', 'forbid', found 'ban'"),
    ],
)
def test_only_what_works_is_offered_for_a_wrong_word(line: str, offered: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        parse(MINIMAL + line, PLACE)
    assert offered in caught.value.what


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ('image = "x"', "Remove it: the backend container, which would read it, is not built yet."),
        ('flake = "."', "Remove it, or choose the backend `nix` or `nix-build`."),
        ('lock = "r.txt"', "Remove it, or choose the backend `venv`."),
    ],
)
def test_no_key_sends_to_a_backend_that_is_refused(line: str, remedy: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        parse(f"{MINIMAL}[environment]\n{line}\n", PLACE)
    assert remedy == caught.value.remedy
