"""Sources come from strangers: whatever they hold, the answer is a bounded list of places."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from work import counted

from repro_action.findings.source import places
from repro_action.observation import Divergence, Observation, ObservationKind, TracedCall
from repro_action.probe.variations.names import NAMES

ALL = NAMES
CALLS = 20_000_000
"""Three times what the costliest takes, one long line of 20,000 calls."""

HOSTILE = {
    "null bytes": "x = 1\0\n",
    "no Python": "def def def",
    "parentheses": "(" * 100_000,
    "balanced parentheses": "x = " + "(" * 5_000 + ")" * 5_000,
    "a long sum": "x = " + "+".join(["a"] * 20_000),
    "a long chain": "x = a" + ".b" * 20_000,
    "a chain of calls": "x = a" + ".b()" * 3_000,
    "nested functions": "".join(" " * n + f"def f{n}():\n" for n in range(90)) + " " * 90 + "pass\n",
    "nested lambdas": "x = " + "lambda: " * 2_000 + "1",
    "not not not": "x = " + "not " * 20_000 + "y",
    "a name bound to itself": "x = x\n" * 2_000 + "for y in x: pass\n",
    "names in circles": "a = b | c\nb = a | c\nc = a | b\nfor x in a: print(x)\n" * 300,
    "one name to the next": "x0 = set(w)\n"
    + "".join(f"x{n} = x{n - 1} | x{n - 1}\n" for n in range(1, 500))
    + "list(x499)",
    "times through names": "import time\nt0 = time.time()\n"
    + "".join(f"t{n} = t{n - 1} + t{n - 1}\n" for n in range(1, 300)),
    "paths through names": "p0 = __file__\n"
    + "".join(f"p{n} = p{n - 1} + p{n - 1}\n" for n in range(1, 300)),
    "functions that call each other": "def f(x):\n    return g(x)\ndef g(x):\n    return f(x)\nfor y in f(set(w)): g(y)\n",
    "too long": "x = 1\n" * 500_000,
    "one long line": "x = [" + "hash('a')," * 20_000 + "]",
    "surrogates": "x = '\ud800'\nhash('\ud800')\n",
    "a long text": "x = '" + "a" * 1_000_000 + "'\nhash(x)\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_sources_cost_a_bounded_number_of_calls(name):
    with counted() as work:
        found = places(ALL, {"train.py": HOSTILE[name]}, (), None)
    assert len(found) <= 10
    assert work.calls < CALLS


def test_one_bad_file_does_not_hide_the_others():
    found = places(("hash-seed",), {"a.py": "(" * 9_000, "b.py": "x = hash('a')\nsave(x)\n"}, (), None)
    assert [("b.py", 1)] == [(one.file, one.line) for one in found]


def test_at_most_two_hundred_files_are_read_those_that_were_seen_first():
    sources = {f"a{n:03}.py": "x = 1\n" for n in range(300)} | {"z.py": "import os\nsave(os.listdir('a'))\n"}
    assert () == places(("file-order",), sources, (), None)
    observed = Observation(kind=ObservationKind.LISTING, what="os.listdir", file="z.py", line=2)
    assert "is used unsorted" in places(("file-order",), sources, [observed], None)[0].what


def test_texts_are_shown_without_control_characters_and_short():
    text = "x = hash('\x1b[31m" + "a" * 500 + "')\nsave(x)\n"
    (one,) = places(("hash-seed",), {"t.py": text}, (), None)
    assert one.what.isprintable()
    assert len(one.what) < 200


def test_what_was_observed_is_shown_without_control_characters():
    observed = Observation(kind=ObservationKind.ENTROPY, what="a\x1b\n" * 200, file="t.py", line=1)
    (one,) = places(("again",), {}, [observed], None)
    assert one.what.isprintable()


WORDS = st.sampled_from(
    ["import os\n", "for x in ", "set(y)", "\n", " ", "    ", "os.listdir(", ")", "hash(", "x", "=", "def f(", "):\n",
     "return ", "sorted(", "[", "]", "{", "}", "|", "time.time()", "import time\n", "lambda: ", "class A:\n", "*", ",", ":",
     "print(", "f'{", "}'", "with open(x) as y:\n", "np.empty(3)", ".append(x)\n", "__file__", "os.environ", "\0", "\ud800"]
)  # fmt: skip
SOURCES = st.text(max_size=200) | st.lists(WORDS, max_size=25).map("".join)


@settings(max_examples=200, deadline=None)
@given(
    text=SOURCES,
    observations=st.lists(
        st.builds(
            Observation,
            kind=st.sampled_from(ObservationKind),
            what=st.text(max_size=10),
            file=st.sampled_from(["", "t.py", "u.py"]),
            line=st.integers(-1, 5),
        ),
        max_size=3,
    ),
    line=st.integers(-1, 10**12),
    caller=st.sampled_from(["", "t.py:1", ":", "t.py:x", "t.py:²", "t.py:99999999999999999999"]),
)
def test_places_answer_any_text(text, observations, line, caller):
    call = TracedCall(function="f", file="t.py", line=line, marks=(), caller=caller)
    divergence = Divergence(index=0, before=None, after=call)
    found = places(ALL, {"t.py": text}, observations, divergence)
    assert len(found) <= 10
    assert len({(one.file, one.line) for one in found}) == len(found)
    assert found == places(ALL, {"t.py": text}, tuple(reversed(observations)), divergence)
