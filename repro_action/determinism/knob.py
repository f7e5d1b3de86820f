# SPDX-License-Identifier: Apache-2.0
"""What a library's file says of it: its knobs, how the library is asked, and what it must answer.

NOTE: Named tuples: `repro status` makes these classes each time, and a frozen dataclass takes about a
millisecond to make.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

Profile = Literal["portable", "native", "off"]

PORTABLE: frozenset[Profile] = frozenset({"portable"})
PINNED: frozenset[Profile] = frozenset({"portable", "native"})

X86 = ("x86_64",)
THREADS = "the order of sums over threads: one thread is part of the profile"
"""What every knob of a number of threads pins."""

Value = int | str | tuple[str, ...]
"""An answer: truth values are 0 and 1, lists are texts, of a mapping the keys whose values are true."""
Facts = Mapping[str, Value]
"""Answers of one process by `library.fact`."""

Ask = tuple[str | tuple[int | str, ...], ...]
"""A question in Python: a module that is loaded, names of attributes, and arguments of calls.

`("torch", "get_num_threads", ())` is `sys.modules["torch"].get_num_threads()`.
"""


class Symbol(NamedTuple):
    """A question in C: a function that a loaded library exports.

    Attributes:
        names: of the function, as builds decorate it; the first that is there is called.
        text: whether it returns a text; otherwise a whole number.
        argument: what it is called with: a number, or the name of a function that returns it.
    """

    names: tuple[str, ...]
    text: bool = False
    argument: int | str | None = None


class Shared(NamedTuple):
    """A shared library, asked wherever a process has loaded it, however often.

    Attributes:
        prefixes: what its file's name begins with, in lower case.
        contains: what it contains instead; only names that begin with `lib` count.
        asks: questions by the name of the fact.
    """

    prefixes: tuple[str, ...] = ()
    contains: str = ""
    asks: Mapping[str, Symbol] = MappingProxyType({})


class Needs(NamedTuple):
    """A distribution whose version decides whether a knob is set.

    Attributes:
        name: normalized.
        also: other names of the same library, such as a build without GPU.
        at_least: first release that it is for.
        below: first release that it is no longer for; empty for no end.
    """

    name: str
    at_least: tuple[int, ...]
    also: tuple[str, ...] = ()
    below: tuple[int, ...] = ()


class Pinned(NamedTuple):
    """What a profile fills into values and answers.

    Attributes:
        threads: for every library.
        seed: 0 to 2**32 - 1.
    """

    threads: int
    seed: int

    def fill(self, text: str) -> str:
        """Return a text with `{threads}` and `{seed}` filled in."""
        return text.format(threads=self.threads, seed=self.seed)


class KnobCheck(NamedTuple):
    """What a library must answer for a knob to have taken effect.

    Attributes:
        fact: `library.fact` that is asked for.
        accepted: answers that are right; `{threads}` and `{seed}` are filled in. Of a list, one
            member must be among them. Case does not matter.
        forbidden: what no member of a list may begin with.
        at_most: whether a smaller number is right as well.
        silent: answers that say nothing either way.
        compute: returns the right answers instead; none where they cannot be known.
        reason: the likely cause where the answer is another one, and what to do.
        expected: how the right answer is described; empty for the answers themselves.
    """

    fact: str
    accepted: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    at_most: bool = False
    silent: tuple[str, ...] = ()
    compute: Callable[[Pinned, Facts], tuple[str, ...]] | None = None
    reason: str = "The program, or the step's `env`, sets its own."
    expected: str = ""


class Knob(NamedTuple):
    """One variable, or one call that the hook makes.

    Attributes:
        variable: its name.
        value: `{threads}` and `{seed}` are filled in.
        pins: what it pins.
        profiles: which profiles set it.
        source: who reads it.
        url: where that is documented.
        checks: what is asked of the loaded libraries; each that is there must answer rightly.
        unconfirmable: why nothing, or not everything that reads it, can be asked; never empty
            where there is no check.
        readers: modules that read it and cannot be asked: where one is imported, the knob is
            set and not confirmed, whatever other libraries answer.
        loaded_as: key of the shared library that reads it, where that can only be seen to be
            loaded; empty where nothing shows who reads it.
        systems: `Linux`, `Darwin`; empty for any.
        machines: `x86_64`, `aarch64`; empty for any.
        needs: set only with this distribution.
        call: whether it is a call that the hook makes, and no variable.
        cost: what it costs; empty for nothing that was measurable.
    """

    variable: str
    value: str
    pins: str
    profiles: frozenset[Profile]
    source: str
    url: str
    checks: tuple[KnobCheck, ...] = ()
    unconfirmable: str = ""
    readers: tuple[str, ...] = ()
    loaded_as: str = ""
    systems: tuple[str, ...] = ()
    machines: tuple[str, ...] = ()
    needs: Needs | None = None
    call: bool = False
    cost: str = ""


class Library(NamedTuple):
    """One library: what is set for it, and how it is asked.

    Attributes:
        key: first part of the names of its facts.
        name: for people.
        knobs: in the order of the table.
        asks: questions in Python by the name of the fact, each with its alternatives.
        shared: the shared library, where it is asked in C.
        derive: returns further facts that follow from the answers.
    """

    key: str
    name: str
    knobs: tuple[Knob, ...]
    asks: Mapping[str, tuple[Ask, ...]] = MappingProxyType({})
    shared: Shared | None = None
    derive: Callable[[Facts], Facts] | None = None
