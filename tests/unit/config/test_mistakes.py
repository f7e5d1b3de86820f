# SPDX-License-Identifier: Apache-2.0
"""A mistake in a configuration is reported at its line, with what was expected and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro_action.config.load import load, parse
from repro_action.config.problems import InvalidConfig
from repro_action.errors import ConfigError

HEX = "0" * 64
MINIMAL = 'version = 1\nname = "wine"\n[[steps]]\nname = "train"\nrun = ["python", "train.py"]\n'
PLACE = Path("/project/repro.toml")


def wrong(text: str, name: str = "repro.toml") -> InvalidConfig:
    with pytest.raises(InvalidConfig) as caught:
        parse(text, Path("/project") / name)
    return caught.value


def one(text: str) -> tuple[int | None, str, str]:
    """Return line, sentence and remedy of the only problem."""
    error = wrong(text)
    assert 1 == error.total, str(error)
    return error.problems[0].line, error.what, error.remedy


def test_unknown_keys_are_answered_with_a_guess() -> None:
    line, what, remedy = one(MINIMAL.replace("version", "sed = 4\nversion"))
    assert (1, "sed: this key is unknown", "Did you mean `seed`?") == (line, what, remedy)


def test_unknown_keys_without_a_guess_are_answered_with_the_known_ones() -> None:
    _, _, remedy = one(MINIMAL + "[sandbox]\nzzz = 1\n")
    assert "The keys here are network, files, required." == remedy


def test_metric_with_dots_is_to_be_quoted() -> None:
    line, what, remedy = one(
        MINIMAL + 'outputs = ["m.json"]\n[metrics."m.json"]\ncv.mean = { goal = "max" }\n'
    )
    assert 8 == line
    assert "quoted" not in what
    assert '"cv.mean"' in remedy


def test_missing_keys_are_named_with_an_example() -> None:
    error = wrong("version = 1\n[[steps]]\nname = 'a'\n")
    assert {"the key `name` is missing", "the key `run` is missing"} == {item.what for item in error.problems}
    run = next(item for item in error.problems if "run" in item.what)
    assert (2, 'For instance: run = ["python", "train.py"]') == (run.line, run.remedy)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("seed = -1", "expected at least 0, found -1"),
        ("seed = 4294967296", "expected at most 4294967295"),
        ("seed = 1.5", "expected a whole number, found 1.5"),
        ("seed = true", "expected a whole number, found True"),
        ("seed = 1979-05-27", "expected a whole number"),
        ('digest = "md5"', "expected one of 'blake3', 'sha256', found 'md5'"),
        ("environment = 3", "expected a table, found 3"),
        ('data = "x"', "expected a list, found 'x'"),
    ],
)
def test_wrong_values_are_reported_with_what_was_expected(line: str, message: str) -> None:
    number, what, _ = one(line + "\n" + MINIMAL)
    assert 1 == number
    assert message in what


def test_version_must_be_one() -> None:
    assert "version: expected 1, found 2" in one(MINIMAL.replace("= 1", "= 2"))[1]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("../secret", "leaves the project"),
        ("a/../../b", "leaves the project"),
        ("/etc/passwd", "absolute"),
        ("~/data", "absolute"),
        ("C:/data", "absolute"),
        ("a\\\\b", "backslash"),
        ("a\\u001bb", "control character"),
        ("a\\u202eb", "control character"),
        ("", "found an empty string"),
        (".", "found an empty string"),
        (".git/hooks/x", "not part of the project"),
        (".repro/x", "not part of the project"),
    ],
)
@pytest.mark.parametrize("key", ["inputs", "outputs"])
def test_paths_that_mean_no_file_of_the_project_are_refused(key: str, path: str, message: str) -> None:
    line, what, _ = one(MINIMAL + f'{key} = [\n  "ok",\n  "{path}",\n]\n')
    assert 8 == line
    assert message in what
    assert what.isprintable()


def test_wildcards_are_for_inputs_only() -> None:
    assert ("*.py",) == parse(MINIMAL + 'inputs = ["*.py"]\n', PLACE).steps[0].inputs
    assert "is not allowed here" in one(MINIMAL + 'outputs = ["*.bin"]\n')[1]


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999"])
def test_numbers_are_finite(value: str) -> None:
    assert wrong(MINIMAL + f"timeout = {value}\n").problems
    assert wrong(MINIMAL + f'outputs = ["m"]\n[artifacts.m]\natol = {value}\n').problems


def test_numbers_beyond_floats_are_reported() -> None:
    assert "finite" in one(MINIMAL + f"timeout = {'9' * 400}\n")[1]


@pytest.mark.parametrize(
    ("tail", "place", "message"),
    [
        ('[environment]\nbackend = "venv"\n', 7, "needs `lock`"),
        ('[environment]\nlock = "r.lock"\n', 7, "does not read `lock`"),
        ('[environment]\nbackend = "container"\nimage = "python:3.12"\n', 8, "by digest"),
        ('[environment]\nbackend = "container"\n', 7, "by digest"),
        ('[metrics."m.json"]\na = { goal = "max" }\n', 6, "no step outputs this metrics file"),
        ("[artifacts.'*.joblib']\n", 6, "no output matches"),
        ('[[steps]]\nname = "train"\nrun = ["b"]\n', 7, "is used twice"),
        ('outputs = ["a", "./a"]\n', 6, "is used twice"),
        (
            f'[[data]]\npath = "x"\ndigest = "blake3:{HEX}"\n[[data]]\npath = "./x"\ndigest = "md5:{HEX[:32]}"\n',
            10,
            "is used twice",
        ),
        ('outputs = ["out"]\nstdout = "out/a.txt"\n', 7, "is inside the output 'out'"),
        ('stdout = "m.json"\n[metrics."m.json"]\n', 6, "is a metrics file"),
        ('params = ["params.ini"]\n', 6, "not read as a table"),
        ('outputs = ["m.csv"]\n[metrics."m.csv"]\n', 7, "not read as a table"),
        (
            'outputs = ["m.json"]\n[metrics."m.json"]\na = { max_worsening = 0.1 }\n',
            8,
            "which direction is worse",
        ),
        ('env = { A = "a\\u0000b" }\n', 6, "control character"),
    ],
)
def test_contradictions_are_reported_at_their_line(tail: str, place: int, message: str) -> None:
    line, what, _ = one(MINIMAL + tail)
    assert place == line
    assert message in what


def test_a_rule_for_a_misspelt_output_is_answered_with_a_guess() -> None:
    _, _, remedy = one(MINIMAL + 'outputs = ["out/metrics.json"]\n[metrics."out/metric.json"]\n')
    assert "Did you mean 'out/metrics.json'?" in remedy


def test_all_problems_are_reported_at_once_in_the_order_of_the_file() -> None:
    error = wrong("sed = 1\n" + MINIMAL.replace('"wine"', "3") + 'inputs = ["../x"]\n')
    assert [1, 3, 7] == [item.line for item in error.problems]
    assert "repro.toml:1" == error.where
    assert "the configuration has 3 mistakes" == error.what


def test_at_most_ten_problems_are_listed_and_the_rest_is_counted() -> None:
    error = wrong("".join(f"x{number} = 1\n" for number in range(15)) + MINIMAL)
    assert (10, 15) == (len(error.problems), error.total)
    assert "and 5 more" in str(error)


def test_syntax_errors_have_line_and_column() -> None:
    with pytest.raises(ConfigError) as caught:
        parse('version = 1\nname = "a\n', PLACE)
    assert caught.value.where.startswith("repro.toml:2:")
    assert "TOML" in caught.value.what


@pytest.mark.parametrize("text", ["x = " + "9" * 5000, "x = " + "[" * 5000, "a = 1\na = 2", "\0", "a = tru"])
def test_broken_toml_is_a_config_error(text: str) -> None:
    with pytest.raises(ConfigError):
        parse(text, PLACE)


def test_tables_of_pyproject_have_the_lines_of_the_whole_file() -> None:
    body = MINIMAL.replace("[[steps]]", "[[tool.repro.steps]]")
    text = f'[project]\nname = "x"\n\n[tool.repro]\n{body}'
    assert "wine" == parse(text, Path("/project/pyproject.toml")).name
    error = wrong(text.replace("version", "verzion"), "pyproject.toml")
    assert [4, 5] == [item.line for item in error.problems]


def test_messages_never_carry_raw_control_characters() -> None:
    error = wrong(MINIMAL + '"\\u001b[31m" = "\\u001b[31m"\n[environment]\nbackend = "\\u001b[2J"\n')
    assert "\x1b" not in str(error)


def test_unreadable_files_are_config_errors(tmp_path: Path) -> None:
    path = tmp_path / "repro.toml"
    with pytest.raises(ConfigError, match="cannot be read"):
        load(path)
    path.write_bytes(b"version = 1\nname = '\xff'\n")
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert "repro.toml:2" == caught.value.where
    path.write_bytes(b"#" * (1 << 20) + b"#")
    with pytest.raises(ConfigError, match="larger"):
        load(path)


SEARCH = MINIMAL + 'outputs = ["out/study.log"]\n'


@pytest.mark.parametrize(
    ("table", "what", "remedy"),
    [
        ("retrian = 3", "this key is unknown", "Did you mean `retrain`?"),
        ('step = "trian"', "there is no step", "Did you mean 'train'?"),
        ('trial = ["train", "{parms}"]', "'{parms}' is not a placeholder", "Did you mean 'params'?"),
        ('trial = ["train"]\nobjective = "tune:objective"', "not by both", ""),
        ('best = "../x.json"', "leaves the project", ""),
    ],
)
def test_mistakes_in_a_search_are_answered(table: str, what: str, remedy: str) -> None:
    _, said, fix = one(f'{SEARCH}[search."out/study.log"]\n{table}\n')
    assert what in said
    assert remedy in fix


def test_a_record_that_no_step_writes_needs_a_step() -> None:
    other = '[[steps]]\nname = "b"\nrun = ["b"]\n'
    _, said, fix = one(f'{SEARCH}{other}[search."out/studi.log"]\n')
    assert "no step outputs this record" in said
    assert "Did you mean 'out/study.log'?" in fix
    assert parse(f'{SEARCH}{other}[search."study.log"]\nstep = "b"\n', PLACE).searches[0].step == "b"


def test_more_receipts_than_keys_can_never_come() -> None:
    _, what, _ = one(MINIMAL + '[evidence]\nreceipts = 2\nkeys = ["a.pub", "a.pub"]\n')
    assert "receipts: 2 receipts can never come of 1 keys" in what


def test_a_key_lies_in_the_project() -> None:
    _, what, _ = one(MINIMAL + '[evidence]\nreceipts = 1\nkeys = ["../a.pub"]\n')
    assert "leaves the project" in what
