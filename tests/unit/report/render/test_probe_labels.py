"""How a probe calls what it found."""

from dataclasses import replace

from repro_action.report.probe_model import ProbeFinding
from repro_action.report.render import probe_labels


def test_a_group_that_was_not_narrowed_down_is_never_said_to_act_together():
    found = ProbeFinding(variations=("hash-seed", "threads", "blas"), step="train", unfinished=True)
    assert "unfinished: something among hash-seed, threads and blas" == probe_labels.culprits(found)
    assert "together" in probe_labels.culprits(replace(found, unfinished=False))
