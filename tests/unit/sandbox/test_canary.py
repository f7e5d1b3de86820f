# SPDX-License-Identifier: Apache-2.0
"""The canary's program without an enclosure, and what is done while it runs."""

import sys
from pathlib import Path

import pytest

from repro_action.sandbox import canary

pytestmark = pytest.mark.processes


def sent(prefix=()):
    return canary.send(prefix, python=Path(sys.executable), variables={}, hidden=(), guarded=None)


def test_work_is_done_once_for_each_canary_and_changes_no_answer():
    done = []
    with canary.while_it_runs(lambda: done.append(1)):
        found = sent()
        assert [1] == done
    assert found == sent()
    assert [1] == done


def test_work_that_ends_the_run_leaves_no_canary_behind():
    def work():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), canary.while_it_runs(work):
        sent(("/bin/sh", "-c", "exec sleep 60"))


def test_a_canary_that_cannot_be_started_or_says_nothing_has_failed():
    assert "it cannot be started: No such file or directory" == sent(("/nowhere",)).failure
    assert "it ended with status 3" == sent(("/bin/sh", "-c", "exit 3")).failure


def test_a_canary_that_does_not_finish_is_given_up(monkeypatch):
    monkeypatch.setattr(canary, "TIMEOUT", 0.1)
    assert "it did not finish in time" == sent(("/bin/sh", "-c", "exec sleep 60")).failure
