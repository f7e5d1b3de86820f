"""How a probe calls what it found."""

from dataclasses import replace

from repro_action.report.probe_model import ProbeFinding, ProbeReport
from repro_action.report.render import probe_labels


def test_a_group_that_was_not_narrowed_down_is_never_said_to_act_together():
    found = ProbeFinding(variations=("hash-seed", "threads", "blas"), step="train", unfinished=True)
    assert "unfinished: something among hash-seed, threads and blas" == probe_labels.culprits(found)
    assert "together" in probe_labels.culprits(replace(found, unfinished=False))


def test_what_differs_is_no_silence_though_no_variation_was_tried_to_its_end():
    found = ProbeFinding(variations=("again", "threads"), step="train", unfinished=True)
    report = ProbeReport(tool="0", name="wine", headline="", findings=(found,))
    assert ("not reproducible", 1) == (probe_labels.title(report), report.exit_code())


def test_what_holds_bits_beside_the_profile_is_said_in_its_own_words():
    report = ProbeReport(tool="0", name="wine", headline="")
    seed = ProbeFinding(variations=("seed",), step="train", pinned_by=("the seed that repro sets",))
    numbers = ProbeFinding(variations=("process-ids",), step="train", pinned_by=("the sandbox",))
    assert probe_labels.sentence(seed, report).startswith("runs agree only because repro seeds random, NumPy")
    assert "numbers processes from 1; outside it the numbers differ" in probe_labels.sentence(numbers, report)
