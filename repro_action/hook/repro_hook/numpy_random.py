# SPDX-License-Identifier: Apache-2.0

"""Stands in for what NumPy takes its seeds from where it is given none; holds for NumPy 1.17 and newer.

All its unseeded generators ask `randbits` of `bit_generator`. So does `RandomState(seed)`,
which first makes a generator without a seed and then seeds it, as does `rs.seed(7)` later: the way to
tell is that both ask `operator.index` for the seed before any other Python code runs. Which generator it
is for shows before: a `RandomState` asks whether its own is an MT19937, or makes it.
"""

from __future__ import annotations

import sys
from _thread import get_ident

from repro_hook import audit
from repro_hook.source_lines import line, seed_follows, state_follows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, ModuleType

    from repro_hook.entropy import Entropy

MANY = 256
"""Generators without a seed that are remembered, since they may be seeded later."""
MAKERS = (
    *("default_rng", "RandomState", "SeedSequence", "PCG64DXSM", "PCG64", "MT19937", "Philox", "SFC64"),
    "seed",
)
"""What in NumPy takes a seed."""


class NumpyEntropy:
    """NumPy's side of the policy."""

    def __init__(self, entropy: Entropy) -> None:
        self.entropy = entropy
        self.building: set[int] = set()  # threads that are inside of `RandomState`
        self.made: dict[int, tuple[object, audit.AuditEntry, bytes]] = {}
        self.awaiting_seed: dict[int, object] = {}  # thread → generator that is to be seeded next, if any is

    def stand_in(self, module: ModuleType) -> None:
        """Put stand-ins where they are asked; they are no names that a program imports or pickles."""
        bits, legacy, twister = (
            sys.modules.get(f"{module.__name__}.{name}") for name in ("bit_generator", "mtrand", "_mt19937")
        )
        original = getattr(bits, "randbits", None)
        if bits is None or original is None:
            return

        def randbits(k: int) -> int:
            frame = audit.caller()
            if get_ident() in self.building:
                seeded = self.entropy.policy == "seed"
            elif frame is not None and self._is_jump(frame):
                seeded = False
            elif self._is_own(frame) and state_follows(frame):
                seeded = self.entropy.policy == "seed"
            else:
                lenient = self.entropy.policy == "forbid" and self._is_own(frame) and seed_follows(frame)
                seeded = self.entropy.drawn(
                    audit.GENERATOR, "numpy.random", frame, name_call=maker, lone=True, lenient=lenient
                )[1]
            number: int = self.entropy.stream(k) if seeded else original(k)
            return number

        bits.__dict__["randbits"] = randbits
        makes, asks = getattr(legacy, "__dict__", {}), getattr(twister, "__dict__", {})
        if "_MT19937" in makes and "operator" in asks:
            makes["_MT19937"] = _Twister(self, makes["_MT19937"])
            asks["operator"] = _Operator(self, asks["operator"])

    def make(self, original: Callable[[], object], frame: FrameType | None) -> object:
        """Make the generator of a `RandomState`, which may be seeded next."""
        thread, entropy = get_ident(), self.entropy
        if self._is_own(frame) and state_follows(frame):
            return original()
        # Where it cannot be told that no seed will follow, nothing is refused, but it is recorded.
        lenient = entropy.policy == "forbid" and (
            not (frame is not None and _is_bare(frame)) or seed_follows(frame)
        )
        entry, _ = entropy.drawn(
            audit.GENERATOR, "numpy.random", frame, name_call=maker, lone=True, lenient=lenient
        )
        self.building.add(thread)
        try:
            made = original()
        finally:
            self.building.discard(thread)
        if entry is not None:
            while len(self.made) >= MANY:
                del self.made[next(iter(self.made))]
            self.made[id(made)] = (made, entry, _state(made))  # which keeps it, and so its id
        if len(self.awaiting_seed) >= MANY:
            self.awaiting_seed.clear()
        self.awaiting_seed[thread] = made
        return made

    def _is_jump(self, frame: FrameType) -> bool:
        """Whether the project asks for a generator that takes its state from another one."""
        return self._is_own(frame) and "jumped(" in line(frame)

    def _is_own(self, frame: FrameType | None) -> bool:
        """Whether a frame is the project's: reading what libraries consist of would cost too much."""
        return frame is not None and isinstance(self.entropy.observer.role(frame), str)

    def seeded(self) -> None:
        """Take back that a generator was made without a seed, unless numbers were drawn from it since."""
        made = self.made.pop(id(self.awaiting_seed.pop(get_ident(), None)), None)
        if made is not None and made[2] == _state(made[0]):
            made[1].undone += 1


def _state(twister: object) -> bytes:
    """Return what a Mersenne twister draws from next."""
    state = getattr(twister, "state", {})
    return bytes(state["state"]["key"]) + str(state["state"]["pos"]).encode()


class _Twister:
    """Stands in for the class MT19937 in `mtrand` only, which makes such generators and knows them."""

    def __init__(self, numpy: NumpyEntropy, original: type) -> None:
        self.numpy, self.original = numpy, original

    def __call__(self, *args: object, **kwargs: object) -> object:
        if args or kwargs:
            return self.original(*args, **kwargs)
        return self.numpy.make(self.original, audit.caller())

    def __instancecheck__(self, instance: object) -> bool:
        if self.numpy.made:
            self.numpy.awaiting_seed[get_ident()] = instance
        return isinstance(instance, self.original)

    def __getattr__(self, name: str) -> object:
        return getattr(self.original, name)


class _Operator:
    """Stands in for the module `operator` in `_mt19937` only."""

    def __init__(self, numpy: NumpyEntropy, original: ModuleType) -> None:
        self.numpy, self.original = numpy, original

    def index(self, value: object) -> int:
        self.numpy.seeded()
        number: int = self.original.index(value)
        return number

    def __getattr__(self, name: str) -> object:
        return getattr(self.original, name)


def maker(frame: FrameType) -> str:
    """Name NumPy's function that a line of the project calls; it is written in C and leaves no frame."""
    text = line(frame)
    called = {name for alias, name in _aliases(frame).items() if _after(text, alias)}
    return f"{called.pop()}()" if len(called) == 1 else "default_rng() or alike"


def _is_bare(frame: FrameType) -> bool:
    """Whether a line calls `RandomState` with nothing, or with a name that stands for None."""
    text = line(frame)
    for alias, name in _aliases(frame).items():
        after = _after(text, alias) if name in ("RandomState", "seed") else ""
        if after:
            given = after[1:].partition(")")[0].strip()
            given = given.partition("=")[2].strip() if given.startswith("seed") and "=" in given else given
            values = {**frame.f_globals, **frame.f_locals, "": None, "None": None}
            return values.get(given, given) is None
    return False


def _aliases(frame: FrameType) -> dict[str, str]:
    names = {word: word for word in MAKERS}
    for alias in frame.f_code.co_names:  # `from numpy.random import default_rng as rng`
        name = getattr(frame.f_globals.get(alias), "__name__", "")
        if name in MAKERS:
            names[alias] = name
    return names


def _after(line: str, name: str) -> str:
    """Return a line from the parenthesis on that follows a name; empty where it is not called there."""
    before, called, after = line.partition(f"{name}(")
    whole = called and not (before[-1:].isalnum() or before[-1:] == "_")
    return f"({after}" if whole else ""
