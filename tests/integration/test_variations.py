"""Each variation disturbs what its name says, as a real process sees it, and nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from required import absent

from repro_action.determinism.attach import HOOK
from repro_action.digest import Digest
from repro_action.environments.circumstances import circumstances
from repro_action.interpreter.environment import Distribution, Environment
from repro_action.probe.variations.catalogue import VARIATIONS
from repro_action.probe.variations.libraries import THREADS
from repro_action.probe.variations.names import NAMES
from repro_action.probe.variations.places import WORKSPACE, outside_a_sandbox
from repro_action.steps.disturbance import NOTHING, laid

HELD = {variation.name: variation for variation in VARIATIONS}
SEEN = Path(__file__).with_name("seen.py")
FILES = ["b", "d", "a", "c"]
LISTINGS = {"listdir", "scandir", "glob", "iterdir", "walk", "child"}


def environment(*names):
    return Environment(
        backend="current",
        digest=Digest("sha256", "0" * 64),
        python=Path(sys.executable),
        python_version="3.11",
        implementation="cpython",
        variables={
            "PATH": os.environ["PATH"],
            "HOME": "/home/someone",
            "USER": "someone",
            "XDG_DATA_HOME": "/x",
        },
        distributions=tuple(Distribution(name=name, version=version, record=None) for name, version in names),
        circumstances=circumstances(),
    )


PLAIN = environment(("numpy", "2.4.0"))
PINNED = {"PYTHONHASHSEED": "0", "TZ": "UTC", "OPENBLAS_NUM_THREADS": "1"}


@pytest.fixture
def listed(tmp_path):
    folder = tmp_path / "listed"
    folder.mkdir()
    for name in FILES:
        (folder / name).touch()
    return folder


def seen(folder, disturbance=NOTHING, *, pinned=PINNED):
    """Run a step as a run does, and return what it sees."""
    variables = laid(disturbance, base=PLAIN.variables, pinned=pinned)
    attached = {"PYTHONPATH": str(HOOK), "REPRO_ENTROPY": "record"}
    done = subprocess.run(
        [*disturbance.prefix, sys.executable, str(SEEN), str(folder)],
        env={**variables, **attached, **disturbance.hook},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)


def available(name):
    reason = HELD[name].unavailable(PLAIN)
    if reason:
        absent("faketime" if name == "time" else name, reason)
    return HELD[name]


def changed(folder, name, *, round_number=1, pinned=PINNED):
    """Return what is otherwise under a variation, variables apart."""
    before = seen(folder, pinned=pinned)
    after = seen(folder, available(name).disturb(PLAIN, round_number=round_number), pinned=pinned)
    return {key: after[key] for key in after if key != "environ" and before[key] != after[key]}


def variables(name, *, round_number=1):
    """Return the variables that a variation sets, and those that it removes as empty."""
    disturbance = HELD[name].disturb(PLAIN, round_number=round_number)
    return {**disturbance.under, **disturbance.over}


def test_the_catalogue_has_every_name_in_order():
    assert tuple(variation.name for variation in VARIATIONS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_variation_says_what_it_disturbs_and_has_a_remedy(name):
    assert HELD[name].what
    assert HELD[name].remedy.endswith(".")
    assert isinstance(HELD[name].unavailable(environment()), str)


@pytest.mark.parametrize("name", NAMES)
def test_a_turn_is_the_same_each_time(name):
    available(name)
    for round_number in range(1, 5):
        assert HELD[name].disturb(PLAIN, round_number=round_number) == HELD[name].disturb(
            PLAIN, round_number=round_number
        )


def test_again_changes_only_when_threads_take_turns(listed):
    assert {"switch"} == set(changed(listed, "again"))


def test_hash_seed_changes_hashes_where_nothing_pins_them(listed):
    free = {"TZ": "UTC"}
    one = seen(listed, HELD["hash-seed"].disturb(PLAIN, round_number=1), pinned=free)
    same = seen(listed, HELD["hash-seed"].disturb(PLAIN, round_number=1), pinned=free)
    other = seen(listed, HELD["hash-seed"].disturb(PLAIN, round_number=2), pinned=free)
    assert one["hash"] == same["hash"] != other["hash"]


def test_hash_seed_has_no_effect_on_a_pinned_seed_until_it_is_lifted(listed):
    assert {} == changed(listed, "hash-seed")
    unpinned = seen(listed, HELD["hash-seed"].unpin(PLAIN, round_number=1))
    assert seen(listed)["hash"] != unpinned["hash"]


def test_threads_asks_every_library(listed):
    assert set(THREADS) >= {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LOKY_MAX_CPU_COUNT"}
    unpinned = seen(listed, HELD["threads"].unpin(PLAIN, round_number=2))["environ"]
    assert {"4"} == {unpinned[name] for name in THREADS}


def test_blas_names_kernels_that_this_cpu_runs():
    variation = available("blas")
    named = {
        variation.unpin(PLAIN, round_number=round_number).over["OPENBLAS_CORETYPE"]
        for round_number in (1, 2, 3)
    }
    assert named <= {"SkylakeX", "Sandybridge", "Nehalem", "NEOVERSEN1", "CORTEXA57"}
    assert len(named) > 1


def test_blas_tells_mkl_only_where_it_is_installed():
    available("blas")
    with_torch = environment(("numpy", "2.4.0"), ("torch", "2.13.0"))
    assert "MKL_CBWR" not in HELD["blas"].disturb(PLAIN, round_number=1).under
    assert "MKL_CBWR" in HELD["blas"].disturb(with_torch, round_number=1).under


def test_blas_kernels_are_really_others():
    pytest.importorskip("threadpoolctl")
    script = (
        "import numpy, threadpoolctl as t; print(sorted({i['architecture'] for i in t.threadpool_info()}))"
    )
    said = []
    for round_number in (1, 2):
        held = laid(
            available("blas").unpin(PLAIN, round_number=round_number), base=PLAIN.variables, pinned={}
        )
        done = subprocess.run(
            [sys.executable, "-c", script], env=held, capture_output=True, text=True, check=True
        )
        said.append(done.stdout)
    assert said[0] != said[1]


def test_numpy_has_an_allow_list_or_none_and_never_a_deny_list_beside_it():
    available("numpy-dispatch")
    for round_number in (1, 2, 3):
        disturbed = HELD["numpy-dispatch"].disturb(PLAIN, round_number=round_number).under
        assert "" == disturbed["NPY_DISABLE_CPU_FEATURES"]
        assert disturbed["NPY_ENABLE_CPU_FEATURES"]


def test_numpy_really_dispatches_otherwise():
    pytest.importorskip("numpy")
    script = (
        "from numpy._core._multiarray_umath import __cpu_features__ as f;"
        "print(sorted(n for n, there in f.items() if there))"
    )
    said = []
    for under in (NOTHING, available("numpy-dispatch").disturb(PLAIN, round_number=2)):
        held = laid(under, base=PLAIN.variables, pinned={})
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", script],
            env=held,
            capture_output=True,
            text=True,
            check=True,
        )
        said.append(done.stdout)
    assert said[0] != said[1]


def test_libraries_that_are_not_installed_cannot_be_disturbed():
    bare = environment()
    assert "NumPy is not installed" == HELD["numpy-dispatch"].unavailable(bare)
    assert HELD["torch-isa"].unavailable(bare)


def test_torch_has_three_levels_at_most():
    torch = environment(("torch", "2.13.0"))
    if reason := HELD["torch-isa"].unavailable(torch):
        pytest.skip(reason)
    named = {
        HELD["torch-isa"].disturb(torch, round_number=round_number).under["ATEN_CPU_CAPABILITY"]
        for round_number in (1, 2, 3)
    }
    assert named <= {"avx2", "default"}


def test_libm_computes_otherwise_without_fma():
    available("libm")
    script = "import math; print([math.exp(x / 997).hex() + math.sin(x / 7).hex() for x in range(20000)])"
    said = []
    for disturbance in (
        NOTHING,
        HELD["libm"].disturb(PLAIN, round_number=1),
        HELD["libm"].unpin(PLAIN, round_number=1),
    ):
        held = laid(disturbance, base=PLAIN.variables, pinned={})
        done = subprocess.run(
            [sys.executable, "-c", script], env=held, capture_output=True, text=True, check=True
        )
        said.append(done.stdout)
    assert said[0] == said[1]
    assert said[0] != said[2]


def test_environment_adds_variables_and_keeps_the_others(listed):
    assert {} == changed(listed, "environment")
    before, after = (
        seen(listed, one)["environ"] for one in (NOTHING, HELD["environment"].disturb(PLAIN, round_number=1))
    )
    assert before.items() <= after.items()
    assert len(after) > len(before) + 100


def test_build_path_only_names_another_folder():
    disturbance = HELD["build-path"].disturb(PLAIN, round_number=1)
    assert " " in disturbance.folder
    assert not disturbance.folder.isascii()
    assert NOTHING.prefix == disturbance.prefix
    assert {} == {**disturbance.under, **disturbance.over, **disturbance.hook}


def test_home_is_elsewhere_and_xdg_folders_with_it(listed):
    assert {} == changed(listed, "home")
    after = seen(listed, HELD["home"].disturb(PLAIN, round_number=1))["environ"]
    assert f"{WORKSPACE}/home" == after["HOME"]
    assert "XDG_DATA_HOME" not in after


def test_umask_is_another_one(listed):
    assert {"umask": 0o077} == changed(listed, "umask")


def test_a_locale_is_one_that_is_installed():
    variation = available("locale")
    said = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=True).stdout.split()
    assert variation.disturb(PLAIN, round_number=1).under["LC_ALL"] in said


def test_timezone_changes_the_hour_once_its_pin_is_lifted(listed):
    assert {} == changed(listed, "timezone")
    hours = {
        seen(listed, HELD["timezone"].unpin(PLAIN, round_number=round_number))["hour"]
        for round_number in (1, 2, 3)
    }
    assert 3 == len(hours - {0})


def test_time_is_another_day_and_sleeping_still_works(listed):
    assert {"day"} == set(changed(listed, "time"))


def test_time_that_is_held_begins_at_one_moment(listed):
    pin = available("time").pin(PLAIN)
    assert "2031-05-05" == seen(listed, pin)["day"]


@pytest.mark.parametrize(("round_number", "order"), [(1, ["d", "c", "b", "a"]), (3, ["a", "b", "c", "d"])])
def test_file_order_reaches_every_way_of_listing_and_child_processes(listed, round_number, order):
    after = seen(listed, HELD["file-order"].disturb(PLAIN, round_number=round_number))
    assert dict.fromkeys(LISTINGS - {"child"}, order) == {key: after[key] for key in LISTINGS - {"child"}}
    assert str(order) == after["child"].strip()


def test_file_order_changes_nothing_but_listings(listed):
    assert set(changed(listed, "file-order", round_number=2)) <= LISTINGS


def test_a_wrapped_listing_still_serves_the_standard_library(tmp_path):
    script = (
        "import os, shutil, tempfile\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    os.makedirs(folder + '/a/b')\n"
        "    with os.scandir(folder) as entries: print([e.name for e in entries])\n"
        "    print(os.listdir(os.open(folder, os.O_RDONLY)), os.listdir(os.fsencode(folder)))\n"
        "    shutil.copytree(folder, folder + 'x'); shutil.rmtree(folder + 'x')\n"
    )
    disturbance = HELD["file-order"].disturb(PLAIN, round_number=1)
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**PLAIN.variables, "PYTHONPATH": str(HOOK), **disturbance.hook},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "['a']\n['a'] [b'a']\n" == done.stdout
    assert "" == done.stderr


def test_user_and_host_have_other_names(listed):
    disturbed = outside_a_sandbox(HELD["user-host"].disturb(PLAIN, round_number=1))
    before, after = seen(listed), seen(listed, disturbed)
    assert ("another-host" if disturbed.prefix else before["host"]) == after["host"]
    assert "another-user" == seen(listed, disturbed)["environ"]["USER"]


def test_aslr_is_given_up_and_nothing_else(listed):
    after = changed(listed, "aslr")
    assert {"personality"} == set(after)
    assert 0x0040000 & int(after["personality"], 16)


@pytest.mark.parametrize(("round_number", "state"), [(1, False), (2, [50, 3, 3]), (3, True)])
def test_garbage_is_collected_otherwise(listed, round_number, state):
    after = changed(listed, "gc", round_number=round_number)
    assert {"gc"} == set(after)
    assert state == after["gc"][round_number - 1]


def test_affinity_leaves_one_core_and_says_so(listed):
    after = changed(listed, "affinity")
    assert 1 == after.pop("cores")
    assert {"told": 1} == after


def test_affinity_may_only_tell_of_another_number(listed):
    assert {"told"} == set(changed(listed, "affinity", round_number=2))


@pytest.mark.parametrize("name", ["again", "hash-seed", "threads", "time", "file-order", "aslr"])
def test_what_is_held_is_the_same_twice(listed, name):
    pin = available(name).pin(PLAIN)
    one, two = (seen(listed, pin) for _ in range(2))
    assert one == two


def test_a_command_that_does_not_exist_is_no_silent_success():
    prefix = HELD["umask"].disturb(PLAIN, round_number=1).prefix
    done = subprocess.run([*prefix, "/no/such/command"], capture_output=True, text=True, check=False)
    assert 1 == done.returncode
    assert "No such file" in done.stderr
