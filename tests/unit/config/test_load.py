# SPDX-License-Identifier: Apache-2.0
"""What a configuration means."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from repro_action.config.load import load, parse
from repro_action.config.model import Config, EnvironmentConfig, LimitsConfig, MetricRule, Tolerance
from repro_action.config.write import step_text
from repro_action.digest import Digest

HEX = "0" * 64
MINIMAL = 'version = 1\nname = "wine"\n[[steps]]\nname = "train"\nrun = ["python", "train.py"]\n'
FULL = f"""\
#:schema https://repro-action.dev/schemas/config.v1.schema.json
version = 1
name = "wine"
seed = 42
digest = "sha256"

[environment]
backend = "venv"
lock = "./requirements.lock"
python = "python3.12"
inherit = ["AWS_*"]

[determinism]
profile = "native"
threads = 2
entropy = "forbid"

[sandbox]
network = true

[limits]
memory = "1.5 GiB"
processes = 8
disk = "20 GB"
seconds = 60
reading_memory = "8 GiB"
reading_seconds = 1200

[[data]]
path = "data//wine.csv"
digest = "blake3:{HEX}"

[[steps]]
name = "train"
run = ["python", "-c", "print(1)\\nprint(2)"]
inputs = ["./src/**/*.py", "data/wine.csv"]
params = ["params.toml"]
outputs = ["out/model.joblib", "out/metrics.json"]
env = {{ PYTHONPATH = "src" }}
timeout = 60
cwd = "code/"

[metrics."out/metrics.json"]
accuracy = {{ goal = "max", atol = 1e-6, rtol = 0, max_worsening = 0.01 }}
"*" = {{ rtol = 1e-9 }}

[artifacts."out/*.joblib"]
atol = 1
max_ulp = 4.0
byproducts = ["**.fit_time_"]
"""
PLACE = Path("/project/repro.toml")


def test_every_key_reaches_the_model() -> None:
    config = parse(FULL, PLACE)
    assert Path("/project") == config.root
    assert ("wine", 42, "sha256", True) == (config.name, config.seed, config.digest, config.sandbox.network)
    assert (
        EnvironmentConfig(backend="venv", lock="requirements.lock", python="python3.12", inherit=("AWS_*",))
        == config.environment
    )
    assert ("native", 2, "forbid") == (
        config.determinism.profile,
        config.determinism.threads,
        config.determinism.entropy,
    )
    assert [("data/wine.csv", Digest("blake3", HEX))] == [(pin.path, pin.digest) for pin in config.data]
    assert config.limits == LimitsConfig(
        memory=3 << 29,
        processes=8,
        disk=20 * 10**9,
        seconds=60.0,
        reading_memory=8 << 30,
        reading_seconds=1200.0,
    )
    (step,) = config.steps
    assert ("python", "-c", "print(1)\nprint(2)") == step.run
    assert ("src/**/*.py", "data/wine.csv") == step.inputs
    assert ("params.toml",) == step.params
    assert ({"PYTHONPATH": "src"}, 60.0, "code") == (step.env, step.timeout, step.cwd)
    assert {
        "accuracy": MetricRule(goal="max", tolerance=Tolerance(atol=1e-6), worsening=0.01),
        "*": MetricRule(tolerance=Tolerance(rtol=1e-9)),
    } == config.metrics["out/metrics.json"]
    (rule,) = config.artifacts
    assert ("out/*.joblib", 1.0, 4) == (rule.glob, rule.tolerance.atol, rule.tolerance.max_ulp)
    assert ("**.fit_time_",) == rule.byproducts


def test_what_is_left_out_has_the_defaults_of_the_model() -> None:
    config = parse(MINIMAL, PLACE)
    assert Config(root=Path("/project"), path=PLACE, name="wine", steps=config.steps) == config


def test_metrics_inside_a_folder_that_a_step_outputs_are_outputs() -> None:
    config = parse(MINIMAL + 'outputs = ["out/"]\n[metrics."out/m.json"]\n', PLACE)
    assert {"out/m.json": {}} == config.metrics


@pytest.mark.parametrize(
    ("lines", "stdout", "outputs"),
    [
        ('outputs = ["stdout"]\n', "stdout/train.txt", ("stdout/train.txt",)),
        ('outputs = ["a.npy", "stdout"]\n', "stdout/train.txt", ("a.npy", "stdout/train.txt")),
        ('outputs = ["stdout"]\nstdout = "out/log.txt"\n', "out/log.txt", ("out/log.txt",)),
        ('outputs = ["./stdout"]\n', "", ("stdout",)),
    ],
)
def test_the_word_stdout_stands_for_what_a_step_prints(
    lines: str, stdout: str, outputs: tuple[str, ...]
) -> None:
    config = parse(MINIMAL + lines, PLACE)
    (step,) = config.steps
    assert (stdout, outputs) == (step.stdout, step.outputs)
    head = MINIMAL.partition("[[steps]]")[0]
    assert (step,) == parse(f"{head}[[steps]]\n{step_text(step)}\n", PLACE).steps


def test_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "repro.toml"
    path.write_bytes(b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode())
    assert "wine" == load(path).name


def loads_validator(root: Path) -> bool:
    code = (
        "import sys; from contextlib import suppress; from pathlib import Path; "
        "from repro_action.config.load import load; from repro_action.errors import ConfigError\n"
        f"with suppress(ConfigError): load(Path({str(root / 'repro.toml')!r}))\n"
        "print('jsonschema' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip() == "True"


@pytest.mark.processes
def test_the_validator_is_loaded_only_to_say_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "repro.toml").write_text(MINIMAL)
    assert not loads_validator(tmp_path)
    (tmp_path / "repro.toml").write_text(MINIMAL + "x = 1\n")
    assert loads_validator(tmp_path)


def test_nothing_is_written_where_there_is_no_state_folder(tmp_path: Path) -> None:
    (tmp_path / "repro.toml").write_text(MINIMAL)
    load(tmp_path / "repro.toml")
    assert [tmp_path / "repro.toml"] == list(tmp_path.iterdir())
