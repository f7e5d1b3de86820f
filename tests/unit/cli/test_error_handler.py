"""What the operating system refuses ends with a lesson; a bug never ends with the status of a verdict."""

import errno
import os

import pytest

from repro_action.cli.error_handler import bug_error, from_os_error, is_interruption, print_bug


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EISDIR, errno.EIO])
def test_each_refusal_has_a_place_and_a_remedy(number):
    error = from_os_error(OSError(number, os.strerror(number), "out/model.npz"))
    assert 2 == error.exit_code
    assert os.strerror(number) in error.what
    assert "out/model.npz" == error.where
    assert error.remedy


def test_a_refusal_without_a_number_is_reported_too():
    assert "no words" in from_os_error(OSError("no words")).what


def test_a_bug_ends_with_failed_and_its_traceback(capsys):
    error = RuntimeError("unforeseen")
    print_bug(error)
    said = capsys.readouterr().err
    assert "unforeseen" in said
    assert "bug in repro" in said
    assert 2 == bug_error(error).exit_code
    assert "unforeseen" in bug_error(error).what


def test_an_interruption_in_disguise_is_no_bug():
    wrapped = RuntimeError("Error calling __set_name__")
    wrapped.__cause__ = KeyboardInterrupt()
    assert is_interruption(wrapped)
    assert not is_interruption(RuntimeError("unforeseen"))
