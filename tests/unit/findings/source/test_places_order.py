"""Which place comes first: seen, then traced, then read; what is harmless was no place, whatever was seen."""

from repro_action.finding import Finding, FindingKind
from repro_action.findings.catalogue import remedies
from repro_action.findings.source import places
from repro_action.observation import Divergence, Observation, ObservationKind, TracedCall
from repro_action.probe.variations.names import NAMES


def seen(kind, line, what="call", file="train.py", **more):
    return Observation(kind=kind, what=what, file=file, line=line, **more)


def call(line, function="train.f", file="train.py", caller=""):
    return TracedCall(function=function, file=file, line=line, marks=(), caller=caller)


def parted(line, **more):
    return Divergence(index=0, before=call(line, **more), after=call(line, **more))


def lines(found):
    return [one.line for one in found]


TWO_LISTINGS = "import os\na = os.listdir('a')\nb = os.listdir('b')\nsave(a, b)\n"


def test_a_line_that_was_seen_to_run_comes_before_one_that_was_only_read():
    found = places(
        ("file-order",), {"train.py": TWO_LISTINGS}, [seen(ObservationKind.LISTING, 3, "os.listdir")], None
    )
    assert [3, 2] == lines(found)
    assert ["seen", "read"] == [one.evidence for one in found]


def test_a_sorted_listing_is_no_place_even_where_it_was_seen():
    text = "import os\na = sorted(os.listdir('a'))\nsave(a)\n"
    assert () == places(("file-order",), {"train.py": text}, [seen(ObservationKind.LISTING, 2)], None)


def test_what_an_import_lists_is_no_place():
    text = "import os\nfrom .rows import load\nload()\n"
    assert () == places(("file-order",), {"train.py": text}, [seen(ObservationKind.LISTING, 2)], None)


def test_a_line_that_no_rule_knows_is_a_place_where_it_was_seen():
    found = places(
        ("file-order",), {"train.py": "load()\n"}, [seen(ObservationKind.LISTING, 1, "os.scandir")], None
    )
    assert [("train.py", 1, "seen")] == [(one.file, one.line, one.evidence) for one in found]


def test_what_was_seen_in_a_file_without_source_is_a_place_too():
    found = places(
        ("again",), {}, [seen(ObservationKind.GENERATOR, 7, "default_rng()", file="rows.py")], None
    )
    assert [("rows.py", 7)] == [(one.file, one.line) for one in found]


def test_what_was_seeded_for_the_run_is_no_place():
    found = places(("again",), {}, [seen(ObservationKind.GENERATOR, 7, seeded=True)], None)
    assert () == found


TWO_SETS = """\
def first(words):
    return list(set(words))

def second(words):
    return list(set(words))

save(first(a), second(b))
"""


def test_a_pattern_in_the_function_that_diverged_first_comes_first():
    found = places(("hash-seed",), {"train.py": TWO_SETS}, (), parted(4))
    assert [5, 2] == lines(found)[:2]
    assert "traced" == found[0].evidence


def test_a_pattern_just_before_the_call_that_diverged_comes_first():
    text = "def main():\n    a = list(set(x))\n    save(a)\n\ndef train(b):\n    c = list(set(b))\n    model.fit(c)\n"
    found = places(("hash-seed",), {"train.py": text}, (), parted(7, function="LogisticRegression.fit"))
    assert 6 == found[0].line


def test_a_pattern_in_the_line_that_called_what_diverged_is_near():
    text = "def f(x):\n    return fit(x)\n\ny = list(set(a))\nsave(y)\nz = f(list(set(b)))\nsave(z)\n"
    found = places(("hash-seed",), {"train.py": text}, (), parted(1, caller="train.py:6"))
    assert 6 == found[0].line


def test_a_divergence_alone_is_a_place():
    found = places(("blas",), {"train.py": "def f(x):\n    return other(x)\n"}, (), parted(1))
    assert [("train.py", 1, "traced")] == [(one.file, one.line, one.evidence) for one in found]
    assert remedies(["blas"]) == found[0].remedy


def test_a_time_that_is_only_printed_is_no_cause():
    text = (
        "import time\nstart = time.time()\nfit()\nprint(f'took {time.time() - start:.1f}')\n"
        "meta['at'] = time.time()\n"
    )
    observations = [seen(ObservationKind.CLOCK, line, "time.time") for line in (2, 4, 5)]
    found = places(("time",), {"train.py": text}, observations, None)
    assert [5] == lines(found)


def test_a_call_over_several_lines_is_met_by_what_was_seen_in_it():
    text = "import os\nframes = make(\n    1,\n    os.listdir('a'),\n)\nsave(frames)\n"
    found = places(("file-order",), {"train.py": text}, [seen(ObservationKind.LISTING, 2)], None)
    assert [(4, "seen")] == [(one.line, one.evidence) for one in found]


def test_a_line_is_named_once():
    text = "import numpy as np\nx = [np.random.rand(), np.random.rand()]\nsave(x)\n"
    found = places(("again", "aslr"), {"train.py": text}, [seen(ObservationKind.GENERATOR, 2)], None)
    assert [2] == lines(found)


def test_there_are_at_most_ten_places():
    text = "import os\n" + "save(os.listdir('a'))\n" * 30
    assert 10 == len(places(("file-order",), {"train.py": text}, (), None))


def test_a_question_about_cpus_is_no_reason_for_a_difference_between_users():
    asked = seen(ObservationKind.HOST, 1, "os.cpu_count")
    assert () == places(("user-host",), {"train.py": "x = 1\n"}, [asked], None)
    assert [1] == lines(places(("threads",), {"train.py": "x = 1\n"}, [asked], None))


def test_functions_are_followed_from_file_to_file():
    sources = {
        "rows.py": "def vocabulary(docs):\n    return {w for d in docs for w in d}\n",
        "train.py": "from rows import vocabulary\nfor w in vocabulary(d):\n    out.write(w)\n",
    }
    found = places(("hash-seed",), sources, (), None)
    assert [("train.py", 2)] == [(one.file, one.line) for one in found]


def test_a_seed_in_one_file_holds_for_another():
    sources = {
        "seeds.py": "import numpy as np\nnp.random.seed(1)\n",
        "t.py": "import numpy as np\nnp.random.rand()\n",
    }
    assert () == places(("again",), sources, (), None)


def test_randomness_enters_where_it_was_seen_first_and_where_it_was_read():
    text = "import numpy as np\nimport uuid\na = np.random.default_rng()\nb = uuid.uuid4()\nsave(a, b)\n"
    found = places(("again",), {"t.py": text}, [seen(ObservationKind.ENTROPY, 4, "uuid4", file="t.py")], None)
    assert [(4, "seen"), (3, "read")] == [(one.line, one.evidence) for one in found]


def test_a_variation_without_a_rule_has_no_place():
    assert () == places(("blas",), {"train.py": "x = 1\n"}, (), None)
    assert () == places((), {"train.py": "hash('a')\n"}, (), None)


def test_every_variation_has_a_remedy():
    assert all(remedies([FindingKind(name)]).endswith(".") for name in NAMES)


def test_variations_with_one_remedy_show_it_once():
    assert remedies(["blas"]) == remedies(["numpy-dispatch", "blas"])
    assert "" == remedies(["unheard-of"])


def test_a_place_is_a_plain_value():
    assert isinstance(places(("hash-seed",), {"t.py": "hash('a')\n"}, (), None)[0], Finding)
