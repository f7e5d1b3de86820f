# SPDX-License-Identifier: Apache-2.0
"""Each variation disturbs what its name says, as a real process sees it, and nothing else."""

import subprocess
import sys

import capabilities
import pytest
from integration.varied_step import BY_NAME, PINNED, PLAIN, available, environment, listed, seen

from repro_action.determinism.attach import HOOK
from repro_action.probe.variations.catalogue import VARIATIONS
from repro_action.probe.variations.names import NAMES
from repro_action.probe.variations.places import WORKSPACE, outside_a_sandbox
from repro_action.steps.disturbance import NOTHING

__all__ = ["listed"]


LISTINGS = {"listdir", "scandir", "glob", "iterdir", "walk", "child"}


def changed(folder, name, *, round_number=1, pinned=PINNED):
    """Return what is otherwise under a variation, variables apart."""
    before = seen(folder, pinned=pinned)
    after = seen(folder, available(name).disturb(PLAIN, round_number=round_number), pinned=pinned)
    return {key: after[key] for key in after if key != "environ" and before[key] != after[key]}


def test_the_catalogue_has_every_name_in_order():
    assert tuple(variation.name for variation in VARIATIONS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_variation_says_what_it_disturbs_and_has_a_remedy(name):
    assert BY_NAME[name].what
    assert BY_NAME[name].remedy.endswith(".")
    assert isinstance(BY_NAME[name].unavailable(environment()), str)


@pytest.mark.parametrize("name", NAMES)
def test_a_turn_is_the_same_each_time(name):
    available(name)
    for round_number in range(1, 5):
        assert BY_NAME[name].disturb(PLAIN, round_number=round_number) == BY_NAME[name].disturb(
            PLAIN, round_number=round_number
        )


def test_again_changes_only_when_threads_take_turns(listed):
    assert {"switch"} == set(changed(listed, "again"))


def test_hash_seed_changes_hashes_where_nothing_pins_them(listed):
    free = {"TZ": "UTC"}
    one = seen(listed, BY_NAME["hash-seed"].disturb(PLAIN, round_number=1), pinned=free)
    same = seen(listed, BY_NAME["hash-seed"].disturb(PLAIN, round_number=1), pinned=free)
    other = seen(listed, BY_NAME["hash-seed"].disturb(PLAIN, round_number=2), pinned=free)
    assert one["hash"] == same["hash"] != other["hash"]


def test_hash_seed_has_no_effect_on_a_pinned_seed_until_it_is_lifted(listed):
    assert {} == changed(listed, "hash-seed")
    unpinned = seen(listed, BY_NAME["hash-seed"].unpin(PLAIN, round_number=1))
    assert seen(listed)["hash"] != unpinned["hash"]


def test_environment_adds_variables_and_keeps_the_others(listed):
    assert {} == changed(listed, "environment")
    before, after = (
        seen(listed, one)["environ"]
        for one in (NOTHING, BY_NAME["environment"].disturb(PLAIN, round_number=1))
    )
    assert before.items() <= after.items()
    assert len(after) > len(before) + 100


def test_build_path_only_names_another_folder():
    disturbance = BY_NAME["build-path"].disturb(PLAIN, round_number=1)
    assert " " in disturbance.folder
    assert not disturbance.folder.isascii()
    assert NOTHING.prefix == disturbance.prefix
    assert {} == {**disturbance.under, **disturbance.over, **disturbance.hook}


def test_home_is_elsewhere_and_xdg_folders_with_it(listed):
    assert {} == changed(listed, "home")
    after = seen(listed, BY_NAME["home"].disturb(PLAIN, round_number=1))["environ"]
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
        seen(listed, BY_NAME["timezone"].unpin(PLAIN, round_number=round_number))["hour"]
        for round_number in (1, 2, 3)
    }
    assert 3 == len(hours - {0})


def test_time_is_another_day_and_sleeping_still_works(listed):
    assert {"day"} == set(changed(listed, "time"))


def test_time_that_is_fixed_begins_at_one_moment(listed):
    pin = available("time").pin(PLAIN)
    assert "2031-05-05" == seen(listed, pin)["day"]


@pytest.mark.parametrize(("round_number", "order"), [(1, ["d", "c", "b", "a"]), (3, ["a", "b", "c", "d"])])
def test_file_order_reaches_every_way_of_listing_and_child_processes(listed, round_number, order):
    after = seen(listed, BY_NAME["file-order"].disturb(PLAIN, round_number=round_number))
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
    disturbance = BY_NAME["file-order"].disturb(PLAIN, round_number=1)
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
    disturbed = outside_a_sandbox(BY_NAME["user-host"].disturb(PLAIN, round_number=1))
    before, after = seen(listed), seen(listed, disturbed)
    assert (before["host"] if capabilities.namespaces("host") else "another-host") == after["host"]
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
def test_what_is_fixed_is_the_same_twice(listed, name):
    pin = available(name).pin(PLAIN)
    one, two = (seen(listed, pin) for _ in range(2))
    assert one == two


def test_a_command_that_does_not_exist_is_no_silent_success():
    prefix = BY_NAME["umask"].disturb(PLAIN, round_number=1).prefix
    done = subprocess.run([*prefix, "/no/such/command"], capture_output=True, text=True, check=False)
    assert 1 == done.returncode
    assert "No such file" in done.stderr
