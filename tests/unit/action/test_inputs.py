"""The inputs of the action are read strictly."""

import pytest

from repro_action.action.choices import InstallNix
from repro_action.action.input_table import TABLE
from repro_action.action.inputs import ActionCommand, read
from repro_action.errors import ConfigError
from repro_action.report.sections.names import NAMES
from repro_action.sinks.github.options import CommentMode
from repro_action.verdict import Verdict


def refused(**value):
    with pytest.raises(ConfigError) as caught:
        read({f"REPRO_INPUT_{name}": text for name, text in value.items()})
    return caught.value.what


def test_without_inputs_the_defaults_hold():
    inputs = read({})
    assert (ActionCommand.VERIFY, (), None, "") == (
        inputs.command,
        inputs.configs,
        inputs.environment,
        inputs.against,
    )
    assert (CommentMode.CHANGES, "repro", InstallNix.AUTO) == (
        inputs.comment,
        inputs.comment_id,
        inputs.install_nix,
    )
    assert {Verdict.CHANGED, Verdict.DRIFTED, Verdict.FAILED, Verdict.NO_BASELINE} == inputs.fail_on


def test_sections_are_named_or_left_out():
    assert read({}).comment_sections == frozenset(NAMES)
    assert read({"REPRO_INPUT_COMMENT_SECTIONS": "metrics, next"}).comment_sections == {"metrics", "next"}
    left_out = read({"REPRO_INPUT_COMMENT_SECTIONS": "-history\n-steps"}).comment_sections
    assert left_out == frozenset(NAMES) - {"history", "steps"}
    assert "either names" in refused(COMMENT_SECTIONS="metrics -steps")


def test_every_input_has_one_variable():
    variables = [entry.variable for entry in TABLE]
    assert sorted(set(variables)) == sorted(variables)
    assert "REPRO_INPUT_COMMENT_ID" in variables


def test_configurations_stand_on_lines_of_their_own():
    assert ("a/repro.toml", "b c/repro.toml") == read(
        {"REPRO_INPUT_CONFIG": "a/repro.toml\r\n\n  b c/repro.toml \n"}
    ).configs


def test_what_looks_like_a_flag_is_no_path():
    assert "looks like a flag" in refused(CONFIG="--help")


@pytest.mark.parametrize(
    "name", ["COMMAND", "ENVIRONMENT", "COMMENT", "FAIL_ON", "ISSUE", "INSTALL_NIX", "COMMENT_SECTIONS"]
)
def test_an_unknown_word_is_refused_with_the_known_ones(name):
    assert "one of" in refused(**{name: "perhaps"})


@pytest.mark.parametrize("text", ["a\0b", "a\x1b[31m", "x" * 70_000])
def test_control_characters_and_megabytes_are_refused(text):
    assert "control characters" in refused(CONFIG=text)


@pytest.mark.parametrize("text", ["--upload-pack=x", "a b", "$(id)", "-x"])
def test_a_revision_is_made_of_harmless_characters(text):
    assert "against" in refused(AGAINST=text)


@pytest.mark.parametrize("text", ["-->", "a b", "x" * 121, "../x"])
def test_names_are_made_of_harmless_characters(text):
    assert "comment-id" in refused(COMMENT_ID=text)
    assert "artifact" in refused(ARTIFACT=text)


def test_no_verdict_need_fail_the_job():
    assert frozenset() == read({"REPRO_INPUT_FAIL_ON": ""}).fail_on
    assert {Verdict.DRIFTED} == read({"REPRO_INPUT_FAIL_ON": "drifted,"}).fail_on


def test_weaker_rules_fail_the_job_where_they_are_named():
    assert not read({}).fail_on_weakened
    inputs = read({"REPRO_INPUT_FAIL_ON": "drifted weakened"})
    assert ({Verdict.DRIFTED}, True) == (inputs.fail_on, inputs.fail_on_weakened)


def test_the_token_is_not_shown():
    assert "hunter2" not in repr(read({"REPRO_INPUT_TOKEN": "hunter2"}))


def test_an_explanation_takes_half_an_hour_or_the_minutes_that_are_given():
    for text, minutes in (("", None), ("false", None), ("true", 30.0), ("5", 5.0)):
        assert minutes == read({"REPRO_INPUT_EXPLAIN": text}).explain
    for text in ("yes", "0", "-1", "1e9", "true; id"):
        with pytest.raises(ConfigError, match="explain"):
            read({"REPRO_INPUT_EXPLAIN": text})


def test_a_timeout_is_minutes():
    assert read({}).timeout is None
    assert 0.5 == read({"REPRO_INPUT_TIMEOUT": " 0.5 "}).timeout
    for text in ("0", "-1", "1h", "nan", "1e9", "inf"):
        with pytest.raises(ConfigError, match="timeout"):
            read({"REPRO_INPUT_TIMEOUT": text})


@pytest.mark.parametrize("text", ["0", "-1", "401", "1.5", "ten", "1 2"])
def test_days_are_a_whole_number_that_github_takes(text):
    assert (0, 1, 90, 400) == tuple(
        read({"REPRO_INPUT_RETENTION_DAYS": days}).retention_days for days in ("", "1", "90", "400")
    )
    assert "from 1 to 400" in refused(RETENTION_DAYS=text)
