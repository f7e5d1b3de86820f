"""When the file system can be believed."""

import os

from repro_action.data.signature import RACY_NS, settled, signature


def status(*, size=1, mtime=0, ctime=0, inode=7):
    values = [0o100644, inode, 0, 1, 0, 0, size, 0, mtime // 10**9, ctime // 10**9]
    named = {"st_mtime_ns": mtime, "st_ctime_ns": ctime, "st_atime_ns": 0}
    return os.stat_result(values, named)


def test_a_file_is_settled_once_two_seconds_have_passed_since_it_changed():
    now = 10**18
    assert settled(status(mtime=now - RACY_NS - 1, ctime=now - RACY_NS - 1), now)
    assert not settled(status(mtime=now - RACY_NS, ctime=now - RACY_NS - 1), now)
    assert not settled(status(mtime=now - RACY_NS - 1, ctime=now - RACY_NS), now)


def test_a_file_from_the_future_is_never_settled():
    assert not settled(status(mtime=2 * 10**18, ctime=0), 10**18)


def test_the_signature_holds_size_both_times_and_inode():
    base = signature(status(size=1, mtime=2, ctime=3, inode=4))
    assert base == b"1 2 3 4"
