"""Nothing is lost and nothing is made up when `repro` is killed, starved, or finds its files damaged."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from e2e.kills import end_at, gone, kill_many, subject, whole
from work import HANG

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
SEED = int(os.environ.get("REPRO_TEST_SEED") or random.SystemRandom().randrange(10**6))
GARBAGE = b'\xff\xfe{"'


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return subject(tmp_path_factory.mktemp("made") / "project")


@pytest.fixture
def tiny(made, tmp_path):
    """Return a project with a baseline, a candidate, and outputs, all of ridge 1."""
    shutil.copytree(made.root, tmp_path / "project", symlinks=True)
    return replace(made, root=tmp_path / "project")


@pytest.fixture
def rng():
    sys.stdout.write(f"REPRO_TEST_SEED={SEED}\n")
    return random.Random(SEED)


@pytest.fixture
def small_disk(tiny, tmp_path):
    """Return the project on a disk of 1 MiB, its mount point, and a function that leaves some bytes free."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"needs the right to mount a small disk: {mounted.stderr.decode().strip()}")
    try:
        shutil.copytree(tiny.root, disk / "project", symlinks=True)

        def fill(left: int) -> None:
            filler = disk / "filler"
            filler.unlink(missing_ok=True)
            free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_bsize
            filler.write_bytes(bytes(free - left))

        yield replace(tiny, root=disk / "project"), disk, fill
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def refused(ended, *words: str) -> None:
    """Hold a failure to exit status 2 and a message that teaches."""
    assert ended.status == 2, ended
    assert "Traceback" not in ended.err + ended.out
    value = ended.err + ended.out
    assert "fix" in value, value
    for word in words:
        assert word in value, value


def reproduced(tiny) -> None:
    ended = tiny.repro("verify", "--json", "-q")
    assert ended.status == 0, ended
    assert ended.json["verdict"] == "reproduced"


BEING_REMOVED = re.compile(r"\.repro/\.\d+\.\.canary-[^/]*\.tmp/")
"""What a canary is called from when it is to go until it is gone."""


@pytest.mark.slow
def test_killed_commands_lose_nothing(tmp_path):
    sys.stdout.write(f"REPRO_TEST_SEED={SEED}\n")
    tally = kill_many(tmp_path / "project", 12, SEED)
    assert [] == tally.troubles
    assert sum(tally.kills.values()) == 12
    assert len(list((tmp_path / "project" / ".repro" / "runs").iterdir())) <= 10
    # Canaries, also those that are just being removed, are swept with what is half-written; what stood at
    # an output's place after a kill is kept, as nobody can tell a step's half-written file from one that
    # its user has put there since.
    kept = (".repro/runs/", ".repro/.canary-", ".repro/kept/")
    left_over = {path for path in tally.grown if not path.startswith(kept) and not BEING_REMOVED.match(path)}
    assert {
        ".repro/.repro.baseline.json.*.tmp",
        ".repro/.candidate.json.*.tmp",
        ".repro/.report.json.*.tmp",
    } >= left_over


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_stopped_verify_says_so(tiny, rng, number):
    for _ in range(3):
        process = tiny.start("verify")
        process.stderr.readline()
        status, out, err = end_at(process, rng.uniform(0, tiny.seconds["verify"] / 2), number)
        assert [] == gone(tiny.marker)
        if status == 0:
            continue
        # Python may end itself by SIGINT after it said so; a shell shows both as 130.
        assert status in {130, -signal.SIGINT}, (out, err)
        assert "interrupted" in err or "stopped by SIGTERM" in err
        assert "Traceback" not in err
        assert whole(tiny) == 1
        assert not (tiny.root / ".repro" / "candidate.json").exists()
    reproduced(tiny)


def test_a_stopped_accept_leaves_the_old_baseline_or_the_new(tiny, rng):
    tiny.set(2)
    tiny.repro("verify", "-q")
    for _ in range(5):
        tiny.accepted(1)
        status, _, err = end_at(tiny.start("accept"), rng.uniform(0, tiny.seconds["accept"]), signal.SIGTERM)
        assert status in {0, 130, -signal.SIGTERM}
        assert err == "" if status == -signal.SIGTERM else "Traceback" not in err
        assert whole(tiny) in {1, 2}
    assert tiny.repro("accept").status == 0
    assert whole(tiny) == 2


def test_of_two_runs_at_once_one_is_refused(tiny):
    both = [tiny.start("verify", "-q"), tiny.start("verify", "-q")]
    ended = sorted(end_at(process, 60) for process in both)
    assert ended[0][0] == 0
    assert ended[1][0] in {0, 2}
    if ended[1][0] == 2:
        assert "another run of this project is in progress" in ended[1][2]
        assert "Wait until it has finished" in ended[1][2]
    reproduced(tiny)


def test_accept_during_a_verify_is_refused(tiny):
    train = tiny.root / "train.py"
    train.write_text(f"import time\n\ntime.sleep(60)\n{train.read_text()}")
    process = tiny.start("verify")
    for line in process.stderr:
        if b"step 1" in line:
            break
    refused(tiny.repro("accept"), "another run")
    end_at(process, 0)
    assert [] == gone(tiny.marker)


@pytest.mark.parametrize("left", [0, 8192, 49152])
def test_a_full_disk_fails_a_verify_or_changes_nothing(small_disk, left):
    tiny, disk, fill = small_disk
    fill(left)
    ended = tiny.repro("verify", "-q")
    if ended.status == 0:
        assert "reproduced" in ended.out
    else:
        refused(ended)
    assert whole(tiny) == 1
    (disk / "filler").unlink()
    reproduced(tiny)


def test_a_full_disk_leaves_the_old_baseline(small_disk):
    tiny, disk, fill = small_disk
    tiny.set(2)
    assert tiny.repro("verify", "-q").status == 1
    fill(0)
    refused(tiny.repro("accept"), "No space left on device", "Free some space")
    assert whole(tiny) == 1
    (disk / "filler").unlink()
    assert tiny.repro("accept").status == 0
    assert whole(tiny) == 2


@pytest.mark.parametrize("name", ["verify", "accept"])
def test_a_read_only_project_is_named_as_such(small_disk, name):
    tiny, disk, _ = small_disk
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    refused(tiny.repro(name), "Read-only file system")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("name", ["verify", "accept"])
def test_a_project_without_write_permission_is_named_as_such(tiny, name):
    shutil.rmtree(tiny.root / ".repro")
    tiny.root.chmod(0o555)
    try:
        refused(tiny.repro(name), "Permission denied")
    finally:
        tiny.root.chmod(0o755)


def test_state_that_is_removed_during_a_run_costs_at_most_that_run(tiny, rng):
    for _ in range(2):
        process = tiny.start("verify", "-q")
        time.sleep(rng.uniform(0, tiny.seconds["verify"]))
        shutil.rmtree(tiny.root / ".repro", ignore_errors=True)
        status, out, err = end_at(process, 60)
        assert "Traceback" not in out + err
        assert status in {0, 2}, (out, err)
        assert "reproduced" in out if status == 0 else "fix" in out + err
        assert whole(tiny) == 1
    reproduced(tiny)


def overwrite(data: bytes):
    def damage(path) -> None:
        path.write_bytes(data)

    return damage


def halve(path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def make_folder(path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


def make_file(path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    path.write_bytes(b"")


DAMAGES = {
    "empty": overwrite(b""),
    "garbage": overwrite(GARBAGE),
    "null": overwrite(b"null"),
    "halved": halve,
    "folder": make_folder,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_baseline_is_named(tiny, damage):
    damage(tiny.baseline)
    for name in ("status", "accept", "verify"):
        refused(tiny.repro(name), "repro.baseline.json")


@pytest.mark.parametrize("damage", [DAMAGES["halved"], DAMAGES["garbage"]], ids=["halved", "garbage"])
def test_accept_can_replace_a_damaged_baseline(tiny, damage):
    damage(tiny.baseline)
    assert tiny.repro("accept", "--force").status == 0
    assert whole(tiny) == 1


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_candidate_is_not_accepted(tiny, damage):
    damage(tiny.root / ".repro" / "candidate.json")
    refused(tiny.repro("accept"), "candidate.json")
    assert whole(tiny) == 1


@pytest.mark.parametrize(
    ("path", "damage"),
    [
        ("candidate.json", overwrite(GARBAGE)),
        ("cache/stat.sqlite", overwrite(GARBAGE * 3000)),
        ("cache/stat.sqlite", halve),
        ("cache/stat.sqlite", make_folder),
        ("cache", make_file),
        ("report.json", overwrite(GARBAGE)),
        ("lock", overwrite(b"1\n")),
        ("lock", overwrite(GARBAGE)),
        (".gitignore", make_folder),
    ],
)
def test_damaged_state_is_made_anew(tiny, path, damage):
    damage(tiny.root / ".repro" / path)
    reproduced(tiny)


@pytest.mark.parametrize("path", ["candidate.json", "lock", "report.json"])
def test_a_folder_in_the_place_of_a_file_is_named(tiny, path):
    make_folder(tiny.root / ".repro" / path)
    refused(tiny.repro("verify"), path)


@pytest.mark.parametrize("path", [".", "runs", "products"])
def test_a_file_in_the_place_of_a_folder_is_named(tiny, path):
    make_file(tiny.root / ".repro" / path)
    refused(tiny.repro("verify"), ".repro")


@pytest.mark.parametrize("when", [0, 4_102_444_800], ids=["1970", "2100"])
def test_time_stamps_prove_nothing(tiny, when):
    for path in tiny.root.rglob("*"):
        os.utime(path, (when, when))
    reproduced(tiny)
    tiny.set(2)
    os.utime(tiny.root / "params.toml", (when, when))
    ended = tiny.repro("verify", "--json", "-q")
    assert ended.status == 1
    assert [one["name"] for one in ended.json["claim"]["materials"]] == ["params.toml: ridge"]


def test_what_killed_commands_left_is_swept(tiny):
    left = tiny.root / ".repro" / ".repro.baseline.json.abcdefgh.tmp"
    young = tiny.root / ".repro" / ".report.md.abcdefgh.tmp"
    left.touch()
    young.touch()
    os.utime(left, (0, 0))
    assert tiny.repro("accept").status == 0
    assert (False, True) == (left.exists(), young.exists())


def test_a_reader_that_goes_away_is_never_a_pass(tiny):
    tiny.set(2)
    process = tiny.start("verify", "-q")
    process.stdout.close()
    process.stdout = None
    process.communicate(timeout=HANG)
    assert process.returncode == 141


def test_closed_streams_leave_the_exit_status(tiny):
    tiny.set(2)
    arguments = [sys.executable, "-m", "repro_action", "verify", "-q"]
    line = 'exec "$@" <&- >&- 2>&-'
    done = subprocess.run(["sh", "-c", line, "sh", *arguments], cwd=tiny.root, check=False)
    assert done.returncode == 1


def test_the_kept_report_is_that_of_the_last_run(tiny):
    kept = [tiny.root / ".repro" / name for name in ("report.json", "report.md")]
    assert [True, True] == [path.exists() for path in kept]
    process = tiny.start("verify")
    for line in process.stderr:
        if b"step 1" in line:
            break
    end_at(process, 0)
    assert [False, False] == [path.exists() for path in kept]
    printed = tiny.repro("verify", "--json", "-q").json
    assert printed == json.loads(kept[0].read_text())
