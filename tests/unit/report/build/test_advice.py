"""What is advised where two runs of the same materials disagree."""

from repro_action.finding import FindingKind
from repro_action.report.build.advice import hints

DISAGREE, OPAQUE = FindingKind.DISAGREEMENT, FindingKind.OPAQUE_BYTES


def advised(*kinds, named):
    return [one.where for one in hints(kinds, named=named)]


def test_native_order_is_likely_where_nothing_is_named():
    assert ["native-order"] == advised(DISAGREE, named=False)


def test_lines_that_are_named_are_to_be_mended():
    assert ["unseeded"] == advised(DISAGREE, named=True)


def test_bytes_that_no_reader_reads_may_hold_times():
    assert ["opaque-bytes", "unseeded"] == advised(OPAQUE, DISAGREE, named=False)
