# SPDX-License-Identifier: Apache-2.0

"""Stands in for what gives randomness that nobody seeded: records it, seeds it or forbids it.

`os.urandom` gives the system's randomness to uuid, secrets and SystemRandom; every unseeded
generator of `random` passes `Random.seed`. Under
`entropy = "seed"` all of them draw from one stream, which follows from the run's seed, the
process's name among its kin, the thread's name, and how many were drawn before: so
tokens become predictable, and are no secrets any more.
"""

from __future__ import annotations

import os
import sys
from itertools import count

from repro_hook import audit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, ModuleType

MANY = 256
"""Generators without a seed that are remembered."""

REMEDIES = {
    audit.GENERATOR: "Pass it a seed",
    audit.ENTROPY: "Draw from a seeded generator instead",
}


class EntropyForbidden(Exception):
    """Randomness that `entropy = "forbid"` keeps from the program."""


class Standin:
    """Stands in for a function; unlike one written in Python it does not become a method in a class."""

    __slots__ = ("__dict__", "__weakref__", "original")

    def __init__(self, original: Callable[..., object], module: str) -> None:
        self.original = original
        self.__name__ = self.__qualname__ = original.__name__
        self.__doc__, self.__module__, self.__wrapped__ = original.__doc__, module, original

    def __call__(self, *args: object, **kwargs: object) -> object:
        """Do what the original does."""
        return self.original(*args, **kwargs)

    def __getattr__(self, name: str) -> object:
        return getattr(self.original, name)

    def __repr__(self) -> str:
        return repr(self.original)

    def __reduce__(self) -> str:
        return self.__name__  # pickled by name, as the original is


class Entropy:
    """The policy of this process."""

    def __init__(self, observer: audit.Audit, policy: str, worker: Callable[[], str]) -> None:
        self.observer = observer
        self.policy = policy
        self.worker = worker
        # A probe that holds this stream may change the seed of the generators that are always seeded.
        self.seed = os.environ.get("REPRO_STREAM", "") or os.environ.get("REPRO_SEED", "") or "0"
        self.counters: dict[str, count[int]] = {}
        self.unseeded: dict[int, tuple[Callable[[], object], audit.AuditEntry, int]] = {}

    def forget(self) -> None:
        """Start over, in a forked child."""
        self.counters.clear()
        self.unseeded.clear()

    def stream(self, bits: int) -> int:
        """Return the next number of this thread's stream."""
        import _random

        name = _thread()
        drawn = next(self.counters.setdefault(name, count()))
        key = f"{self.seed}{self.worker()}|{name}|{drawn}".encode("utf-8", "replace")
        # The Mersenne twister takes keys of any length, and mixes all of it in.
        return _random.Random(int.from_bytes(key, "big")).getrandbits(bits) if bits > 0 else 0

    def noted(
        self,
        kind: int,
        what: str,
        frame: FrameType | None,
        *,
        name_call: Callable[[FrameType], str] | None = None,
        lone: bool = False,
        lenient: bool = False,
    ) -> tuple[audit.AuditEntry | None, bool]:
        """Record one draw, and return what was recorded and whether the stream is to give the number.

        Args:
            kind: GENERATOR or ENTROPY.
            what: the call, where the project made it itself.
            frame: of who draws.
            name_call: names a call of `what` that leaves no frame by the line that makes it.
            lone: whether it counts without a line of the project, as in a worker of a library.
            lenient: whether to record what the policy would refuse.

        Raises:
            EntropyForbidden: the policy forbids it.
        """
        try:
            found = self.observer.find(frame, kind, lone=lone)
            if found is None:
                # What a library draws while it is imported (SciPy does, for its documentation) can hardly
                # be helped, and seldom matters: it is seeded where that is asked for, and not told.
                imported = self.policy == "seed" and kind == audit.GENERATOR
                return None, imported and self.observer.find(frame, kind, imports=True) is not None
            if name_call is not None and found[2] is None:
                what = f"{what}.{name_call(found[1])}"
            seeded = self.policy == "seed"
            entry = self.observer.note(kind, what, found, seeded=seeded)
            if self.policy != "forbid" or lenient:
                return entry, seeded
            call = entry.what if entry is not None else what
            place = f"{found[0]}:{found[1].f_lineno}" if found[0] else "outside the project"
        except Exception as error:  # noqa: BLE001 -- nothing here may break the user's program
            self.observer.failed(f"entropy of {what}", error)
            return None, False
        raise EntropyForbidden(
            f'{place}: {call} is refused, as entropy = "forbid": nobody seeded it. {REMEDIES[kind]}.'
        )

    def drawn(
        self,
        kind: int,
        what: str,
        frame: FrameType | None,
        *,
        name_call: Callable[[FrameType], str] | None = None,
        lone: bool = False,
        lenient: bool = False,
    ) -> tuple[audit.AuditEntry | None, bool]:
        """Record one draw, as `noted`, for a stand-in: the program meets an error of Python's own.

        Args:
            kind: as for `noted`, and so are all others.
            what: the call.
            frame: of who draws.
            name_call: names the call.
            lone: whether it counts without a line of the project.
            lenient: whether to record what the policy would refuse.

        Raises:
            RuntimeError: the policy forbids it.
        """
        try:
            return self.noted(kind, what, frame, name_call=name_call, lone=lone, lenient=lenient)
        except EntropyForbidden as error:
            raise RuntimeError(str(error)) from None

    def device(self, what: str, frame: FrameType | None) -> None:
        """Record that `/dev/urandom` was opened; it cannot be seeded."""
        policy, self.policy = self.policy, "record" if self.policy == "seed" else self.policy
        try:
            self.noted(audit.ENTROPY, what, frame)
        finally:
            self.policy = policy

    # -- what is stood in for --------------------------------------------------------------

    def actions(self) -> dict[str, Callable[[ModuleType], None]]:
        """Return what is to follow the import of which module."""
        return {
            "os": self.of_os,
            "random": self.of_random,
            "torch": self.of_torch,
        }

    def of_os(self, module: ModuleType) -> None:
        """Stand in for the system's randomness."""
        for name in ("urandom", "getrandom"):
            if hasattr(module, name):
                setattr(module, name, _Urandom(self, getattr(module, name), "os"))

    def of_random(self, module: ModuleType) -> None:
        """Stand in for the seeding of generators."""
        if not hasattr(module, "_inst"):  # a file of the program's own, by that name
            return
        original, restore = module.Random.seed, module.Random.setstate

        def seed(self: object, a: object = None, version: int = 2) -> None:
            if a is None:
                caller = audit.caller()
                made = caller is not None and caller.f_code.co_name == "__init__"
                what = "random.Random()" if made else "random.seed()"
                lenient = entropy.policy == "forbid" and made and entropy.seed_follows(caller)
                entry, seeded = entropy.drawn(audit.GENERATOR, what, caller, lenient=lenient)
                original(self, entropy.stream(256) if seeded else None, version)
                entropy.remember(self, entry)
                return
            entropy.undo(self)
            original(self, a, version)

        def setstate(self: object, state: object) -> None:
            entropy.undo(self)
            restore(self, state)

        entropy = self
        for ours, theirs in ((seed, original), (setstate, restore)):
            ours.__doc__, ours.__qualname__, ours.__module__ = theirs.__doc__, theirs.__qualname__, "random"
        module.Random.seed, module.Random.setstate = seed, setstate
        own = module.__dict__
        own.update(seed=own["_inst"].seed, setstate=own["_inst"].setstate, _urandom=os.urandom)

    def seed_follows(self, init: FrameType | None) -> bool:
        """Whether a generator of `random` that is made without a seed is visibly given one next."""
        from repro_hook.source_lines import seed_follows

        return init is not None and seed_follows(init.f_back)

    def remember(self, generator: object, entry: audit.AuditEntry | None) -> None:
        """Remember a generator without a seed: it may be given one, or a state, at once."""
        if entry is not None:
            from _weakref import ref

            if len(self.unseeded) > MANY:
                self.unseeded.clear()
            self.unseeded[id(generator)] = (ref(generator), entry, _state(generator))

    def undo(self, generator: object) -> None:
        """Forget that a generator had no seed, if nothing was drawn from it yet."""
        unseeded = self.unseeded.pop(id(generator), None)
        if unseeded is not None and unseeded[0]() is generator:
            unseeded[1].undone += unseeded[2] == _state(generator)

    def of_torch(self, module: ModuleType) -> None:
        """Stand in for `torch.seed`, which seeds by chance."""
        if not hasattr(module, "seed"):
            return
        original, entropy = module.seed, self

        class Seed(Standin):
            def __call__(self, *args: object, **kwargs: object) -> object:
                if not args and entropy.drawn(audit.GENERATOR, "torch.seed()", audit.caller())[1]:
                    value = entropy.stream(63)
                    module.manual_seed(value)
                    return value
                return original(*args, **kwargs)

        module.__dict__["seed"] = Seed(original, "torch")


class _Urandom(Standin):
    def __init__(self, entropy: Entropy, original: Callable[..., object], module: str) -> None:
        super().__init__(original, module)
        self.entropy = entropy

    def __call__(self, *args: object, **kwargs: object) -> object:
        size = args[0] if args else kwargs.get("size")
        what = f"os.{self.__name__}()"
        _, seeded = self.entropy.drawn(audit.ENTROPY, what, audit.caller())
        if seeded and isinstance(size, int) and size >= 0:
            return self.entropy.stream(8 * size).to_bytes(size, "little")
        return self.original(*args, **kwargs)


def _state(generator: object) -> int:
    """Return a number that changes with each draw from a generator of `random`."""
    from _random import Random

    return hash(Random.getstate(generator)) if isinstance(generator, Random) else 0


def _thread() -> str:
    """Return a thread's name; empty for the main one. Which thread comes first is chance, its name is not."""
    threading = sys.modules.get("threading")
    if threading is None:
        return ""
    current = getattr(threading, "_active", {}).get(threading.get_ident())
    name = str(getattr(current, "name", ""))
    return "" if name == "MainThread" else name
