"""repro writes nothing through links, and each configuration has a baseline of its own."""

import pytest
from e2e.project import repro

CONFIG = """\
version = 1
name = "{name}"
{more}
[[steps]]
name = "train"
run = ["sh", "{name}.sh"]
inputs = ["{name}.sh"]
outputs = ["{name}.out"]
"""


def model(root, name, file="repro.toml", more=""):
    (root / f"{name}.sh").write_text(f"echo {name} > {name}.out\n")
    (root / file).write_text(CONFIG.format(name=name, more=more))


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    model(root, "a")
    return root


def test_accept_does_not_write_through_a_link_out_of_the_project(root, tmp_path):
    outside = tmp_path / "outside.json"
    assert repro(root, "verify", "-q").status == 3
    (root / "repro.baseline.json").symlink_to(outside)
    ended = repro(root, "accept")
    assert ended.status == 2
    assert "symbolic link" in ended.err
    assert not outside.exists()
    outside.write_text("theirs")
    assert repro(root, "accept", "--force").status == 2
    assert outside.read_text() == "theirs"


def test_reports_are_not_written_through_links(root, tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("theirs")
    (root / "report.json").symlink_to(outside)
    ended = repro(root, "verify", "-q", "--report-json", "report.json")
    assert "symbolic link" in ended.err
    assert outside.read_text() == "theirs"


@pytest.mark.parametrize("inner", ["", "runs", "products", "cache", "kept", "probe"])
@pytest.mark.parametrize("command", ["verify", "status", "accept", "probe"])
def test_a_state_folder_that_is_a_link_is_refused(root, tmp_path, inner, command):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "20200101T000000Z-000000000-1").mkdir()
    link = root / ".repro" / inner if inner else root / ".repro"
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(outside)
    ended = repro(root, command)
    assert ended.status == 2
    assert "symbolic link" in ended.out + ended.err
    assert ["20200101T000000Z-000000000-1"] == [path.name for path in outside.iterdir()]


def test_a_configuration_that_a_link_takes_from_outside_is_refused(root, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (root / "repro.toml").rename(elsewhere / "repro.toml")
    (root / "repro.toml").symlink_to(elsewhere / "repro.toml")
    for command in ("status", "pin", "verify"):
        ended = repro(root, command)
        assert ended.status == 2
        assert "out of the repository" in ended.out + ended.err
    assert ["repro.toml"] == [path.name for path in elsewhere.iterdir()]


def test_two_configurations_in_one_folder_have_a_baseline_each_and_plan_finds_both(root):
    model(root, "b", "b.toml")
    for config in ("repro.toml", "b.toml"):
        assert repro(root, "--config", config, "verify", "-q").status == 3
        assert repro(root, "--config", config, "accept").status == 0
    for config in ("repro.toml", "b.toml"):
        assert repro(root, "--config", config, "verify", "-q").status == 0
    assert (root / "repro.baseline.json").is_file()
    assert (root / "b.baseline.json").is_file()
    planned = repro(root, "plan", "--all", "*.toml", "--json").json
    assert ["b.toml", "repro.toml"] == sorted(one["config"] for one in planned["configs"])


def test_the_baseline_of_another_configuration_is_refused_with_what_to_do(root):
    assert repro(root, "verify", "-q").status == 3
    assert repro(root, "accept").status == 0
    before = (root / "repro.baseline.json").read_text()
    model(root, "b", "b.toml", more='baseline = "repro.baseline.json"')
    ended = repro(root, "--config", "b.toml", "verify", "-q")
    assert ended.status == 2
    assert "baseline of a" in ended.out
    assert 'baseline = "b.baseline.json"' in ended.out
    for more in ((), ("--force",)):
        assert repro(root, "--config", "b.toml", "accept", *more).status == 2
    assert before == (root / "repro.baseline.json").read_text()


def test_a_run_of_one_configuration_is_not_accepted_as_the_other_s(root):
    model(root, "b", "b.toml")
    assert repro(root, "verify", "-q").status == 3
    ended = repro(root, "--config", "b.toml", "accept")
    assert ended.status == 2
    assert "another configuration" in ended.err


def test_a_folder_whose_only_configuration_has_another_name_keeps_its_baseline(root):
    assert repro(root, "verify", "-q").status == 3
    assert repro(root, "accept").status == 0
    (root / "repro.toml").rename(root / "a.toml")
    assert repro(root, "--config", "a.toml", "verify", "-q").status == 0
