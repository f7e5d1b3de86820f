"""Files and folders that are not what they seem: refused, bounded or harmless."""

import os
import subprocess

import pytest
from e2e.project import command, environment, repro

CONFIG = """\
version = 1
name = "a"
[[steps]]
name = "t"
run = ["sh", "t.sh"]
inputs = ["t.sh"]
outputs = ["o"]
"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "repro.toml").write_text(CONFIG)
    (tmp_path / "t.sh").write_text("echo 1 > o\n")
    yield tmp_path
    # pytest removes old folders by a function that calls itself once a level: it cannot remove deep ones.
    subprocess.run(["rm", "-rf", *tmp_path.iterdir()], check=True)


def deep(root, depth=1_500):
    """Make a folder so deep that its path is longer than a path may be."""
    here = os.open(root, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=here)
        inner = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)


@pytest.mark.parametrize("word", ["status", "verify", "plan", "accept"])
def test_a_pipe_as_baseline_is_not_waited_for(root, word):
    os.mkfifo(root / "repro.baseline.json")
    ended = repro(root, word)
    assert ended.status in {0, 2}
    assert "not a regular file" in ended.out + ended.err or word == "accept"


@pytest.mark.parametrize("place", ["/proc/kmsg", "/proc/self/mem", "/dev/zero", "link", "/sys/kernel/notes"])
def test_what_the_kernel_makes_is_not_compared(root, place):
    (root / "file").write_text("x")
    (root / "link").symlink_to("/proc/kmsg")
    ended = repro(root, "diff", place, "file")
    assert ended.status == 2
    assert "Traceback" not in ended.err


def test_a_pipe_as_input_or_configuration_is_refused(root):
    os.mkfifo(root / "pipe")
    (root / "repro.toml").write_text(CONFIG.replace('"t.sh"]\noutputs', '"t.sh", "pipe"]\noutputs'))
    assert "named pipe" in repro(root, "verify", "-q").out
    assert repro(root, "--config", "pipe", "status").status == 2


@pytest.mark.parametrize(
    "word", [("init", "--force"), ("verify", "-q"), ("probe", "--runs", "3"), ("plan", "**")]
)
def test_a_tree_that_is_very_deep_is_no_bug(root, word):
    deep(root)
    ended = repro(root, *word)
    assert "Traceback" not in ended.err
    assert "bug of repro" not in ended.err


def test_init_follows_no_link_to_the_whole_machine_and_ends_at_many_brackets(root):
    (root / "repro.toml").unlink()
    (root / "everything").symlink_to("/")
    (root / "dvc.yaml").write_text("stages: " + "[" * 5_000)
    ended = repro(root, "init", "--dry-run")
    assert ended.status == 2
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("more", [("--json",), ()])
def test_a_standard_output_that_is_full_keeps_the_status_of_the_verdict(root, more):
    def status(*arguments):
        with open("/dev/full", "w") as full:  # noqa: PTH123
            ended = subprocess.run(
                command(*arguments, *more),
                cwd=root,
                env=environment(),
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert "standard output cannot be written" in ended.stderr
        assert "Traceback" not in ended.stderr
        return ended.returncode

    assert status("verify", "-q") == 3
    assert status("accept") == 0
    assert status("verify", "-q") == 0
    assert status("status") == 0
    (root / "t.sh").write_text("echo 2 > o\n")
    assert status("verify", "-q") == 1
    assert status("status") == 1
