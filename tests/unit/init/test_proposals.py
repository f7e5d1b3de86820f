# SPDX-License-Identifier: Apache-2.0
"""What may be proposed together, under which name, and what never is: keys and passwords."""

from __future__ import annotations

from pathlib import Path

from unit.init.repositories import SKLEARN, proposed, write

from repro_action.flows.init import make_proposals


def test_keys_are_named_and_never_proposed(tmp_path: Path) -> None:
    text = SKLEARN + 'open(".env").read()\njoblib.dump(Ridge(), "m.joblib")\n'
    proposal, config = proposed(write(tmp_path, {"train.py": text, ".env": "A=1\n"}))
    assert ((), ("train.py",)) == (config.data, config.steps[0].inputs)
    assert [note for note in proposal.notes if ".env, which may hold keys" in note]


def test_steps_that_do_not_go_together_are_not_proposed_together(tmp_path: Path) -> None:
    text = SKLEARN + 'import json\nopen("rows.csv")\njson.dump(1, open("metrics.json", "w"))\n'
    maker = 'open("rows.csv", "w")\nopen("metrics.json", "w")\n'
    write(tmp_path, {"train.py": text, "prepare.py": maker})
    proposal, config = proposed(tmp_path)
    assert ["train"] == [step.name for step in config.steps]
    assert "" == proposal.problem


def test_models_whose_scripts_have_one_name_are_two_configurations(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write(tmp_path, {f"{folder}/train.py": SKLEARN + f'joblib.dump(Ridge(), "{folder}/m.joblib")\n'})
    scripts = tuple(tmp_path / folder / "train.py" for folder in ("a", "b"))
    found = make_proposals(tmp_path, force=False, scripts=scripts)
    assert ["repro-train.toml", "repro-train-2.toml"] == [named.path.name for named in found]


def test_a_script_whose_name_begins_with_a_hyphen_is_no_option(tmp_path: Path) -> None:
    write(tmp_path, {"-c.py": SKLEARN + 'joblib.dump(Ridge(), "m.joblib")\n'})
    _, config = proposed(tmp_path)
    assert ("python", "./-c.py") == config.steps[0].run
    assert ("-c.py",) == config.steps[0].inputs


def test_a_table_of_passwords_is_no_parameters(tmp_path: Path) -> None:
    script = SKLEARN + 'config = "conf/secrets.yaml"\njoblib.dump(Ridge(), "m.joblib")\n'
    write(tmp_path, {"train.py": script, "conf/secrets.yaml": "password: x\n", "key.pem": "x\n"})
    _, config = proposed(tmp_path)
    assert () == config.steps[0].params
    assert ("train.py",) == config.steps[0].inputs
