# SPDX-License-Identifier: Apache-2.0
"""Laws of changed rules for any two configurations."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from property.test_config import configs

from repro_action.compare.config_change import Strictness
from repro_action.compare.configs import compare_configs
from repro_action.config.listed import may_be_configurations, model_name
from repro_action.config.model import Config

_OPPOSITE = {
    Strictness.WEAKER: Strictness.STRONGER,
    Strictness.STRONGER: Strictness.WEAKER,
    Strictness.CHANGED: Strictness.CHANGED,
}


@settings(deadline=None, max_examples=60)
@given(configs(), configs())
def test_what_is_weaker_one_way_is_stronger_the_other(one: Config, other: Config) -> None:
    there = {(change.setting, change.before, change.after): change for change in compare_configs(one, other)}
    back = {(change.setting, change.after, change.before): change for change in compare_configs(other, one)}
    for place, change in there.items():
        # An output is looked for in folders around it, and a goal that turns with an allowance is weaker
        # both ways.
        if place[0].startswith("artifacts.") or place[0].endswith(".goal"):
            continue
        assert place in back
        assert _OPPOSITE[change.strictness] is back[place].strictness


@settings(deadline=None, max_examples=40)
@given(configs())
def test_a_configuration_is_not_weaker_than_itself(config: Config) -> None:
    assert () == compare_configs(config, config)


_NAMES = st.sampled_from(["repro.toml", "pyproject.toml", "a.toml", "models", "**", "*", "\n", ".x", "é"])


@settings(deadline=None)
@given(st.binary(max_size=40) | st.text(max_size=40).map(str.encode), _NAMES, st.lists(_NAMES, min_size=1))
def test_no_content_and_no_name_of_a_base_is_too_odd(data: bytes, file: str, folders: list[str]) -> None:
    path = "/".join([*folders, file])
    name = model_name(path, data)
    assert name is None or name
    assert set(may_be_configurations([path], ["**", "**/*.toml"])) <= {path}
