# SPDX-License-Identifier: Apache-2.0
"""From "the bits differ" to the guilty variations: what a probe tries, in which order."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from repro_action.probe.bisection import Group, search
from repro_action.probe.trial import Outcome
from repro_action.probe.trials import PATH, Key, OutOfRuns, Spot, Trials, spots

AGAIN = "again"
ENVIRONMENT = "environment"
MOVED = ("aslr", "time")
"""What a disturbance of anything else may move a little: where objects lie, how often the clock is read."""
_MOVING = {AGAIN, ENVIRONMENT, *MOVED}
_REPEATS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Guilt:
    """A group of variations that was found guilty, and the two trials that show it."""

    names: Group
    before: Key
    after: Key


@dataclass(slots=True, kw_only=True)
class Hunt:
    """One hunt for guilty variations.

    Attributes:
        trials: runs them.
        names: variations that were asked for and that this machine can disturb.
        turns: how often everything is disturbed at once.
        reference: what trials are compared with.
        noise: places that differ between runs that nobody disturbed.
        unstable: whether the run disagrees with itself.
        found: guilty groups.
        undecided: variations of which it is not known.
        drowned: whether the noise covers so much that others cannot be told.
        suspected: trials of the search that goes on and that differed.
    """

    trials: Trials
    names: tuple[str, ...]
    turns: int
    reference: Key = field(default_factory=Key)
    noise: frozenset[Spot] = frozenset()
    unstable: bool = False
    found: list[Guilt] = field(default_factory=list)
    undecided: set[str] = field(default_factory=set)
    drowned: bool = False
    suspected: list[Key] = field(default_factory=list)

    @property
    def guilty(self) -> set[str]:
        """Every variation of a guilty group."""
        return {name for guilt in self.found for name in guilt.names}

    def differs(self, key: Key) -> bool:
        """Whether a trial differs from the reference by more than noise; it is run if need be."""
        outcome, before = self.trials.ask(key, self.reference)
        return bool(self._beyond(before, outcome))

    def _beyond(self, before: Outcome, after: Outcome) -> frozenset[Spot]:
        found = spots(self.trials.difference(before, after))
        whole = {path for path, leaf in self.noise if not leaf}
        return frozenset(spot for spot in found - self.noise if spot[0] not in whole or not spot[0])

    def disturb(self) -> None:
        """Find what the results depend on with the profile in effect."""
        try:
            self._disturb()
        except OutOfRuns:
            self.undecided |= set(self.names) - self.guilty
        self._accuse_everything()

    def _accuse_everything(self) -> None:
        """Let what was not narrowed down, and did differ, never look robust."""
        known = self.trials.outcomes
        differing = [key for key in self._everything() if {key, self.reference} <= set(known)]
        after = next(filter(self.differs, differing), None)
        if after is not None and not self.found and not known[self.reference].failure:
            self.found.append(Guilt(names=after.names, before=self.reference, after=after))

    def _everything(self) -> list[Key]:
        return [Key(names=frozenset(self.names), turn=turn) for turn in range(1, self.turns + 1)]

    def _disturb(self) -> None:
        everything = frozenset(self.names)
        first = self._everything()
        self._try(self.reference, *first)
        if self.trials.outcomes[self.reference].failure or not any(map(self.differs, first)):
            self.trials.anywhere |= PATH in everything
            return
        self._settle()
        if not self.drowned:
            self._search(self._candidates(), lifted=False)

    def lift(self, names: Collection[str]) -> None:
        """Find what the pins of the profile hold."""
        if names and not self.drowned:
            self._search(tuple(name for name in self.trials.variations if name in names), lifted=True)

    def _try(self, *keys: Key) -> list[Outcome]:
        outcomes = self.trials.ask(*keys)
        longest = max((sum(outcome.seconds.values()) for outcome in outcomes), default=0.0)
        # Slower kernels may take many times as long; what takes longer still is not waited for.
        self.trials.limit = self.trials.limit or 120 + 30 * longest
        return outcomes

    def _settle(self) -> None:
        """Ask whether the run agrees with itself, and if not, under which conditions it does."""
        again = [Key(attempt=attempt) for attempt in range(2, _REPEATS + 1)]
        path = Key(names=frozenset({PATH}))
        self.trials.ask(*again, *([path] if PATH in self.names else []))
        different = next(filter(self.differs, again), None)
        if different is not None:
            self._unsettled(different)
        else:
            self.trials.anywhere |= PATH in self.names and not self.differs(path)
            self._ask_for_variables()

    def _ask_for_variables(self) -> None:
        """Ask for additional variables alone: where they matter, every variation that sets one does, too."""
        keys = [Key(names=frozenset({ENVIRONMENT}), turn=turn) for turn in (1, 2)]
        if ENVIRONMENT in self.names and all(map(self.differs, keys)):
            self.found.append(Guilt(names=keys[0].names, before=self.reference, after=keys[0]))
            self.noise |= frozenset().union(*(self._noise(self.reference, key) for key in keys))

    def _unsettled(self, again: Key) -> None:
        """Hold whatever can differ by itself; what differs even then is noise."""
        self.unstable = True
        held, *repeats = (Key(held=True, attempt=attempt) for attempt in (1, 2, 3))
        failed = any(one.failure for one in self.trials.ask(held, *repeats))
        if not failed and not any(self._noise(held, repeat) for repeat in repeats):
            self.reference = held
            self._let_go()
            moved = Key(names=frozenset({PATH}), held=True)
            self.trials.anywhere |= PATH in self.names and not self.differs(moved)
            return
        self._accuse_run(again)

    def _let_go(self) -> None:
        """Ask for addresses and the clock alone: where they matter, whatever is disturbed moves them too."""
        for name in MOVED:
            free = Key(names=frozenset({name}), held=True)
            if name not in self.trials.variations or not self.differs(free):
                continue
            self.found.append(Guilt(names=free.names, before=self.reference, after=free))
            moved = [replace(free, attempt=attempt) for attempt in range(1, _REPEATS + 1)]
            self.trials.ask(*moved)
            self.noise |= frozenset().union(*(self._noise(self.reference, key) for key in moved))

    def _accuse_run(self, again: Key) -> None:
        """Note that the run itself is guilty, and where it differs from itself."""
        self.unstable = True
        self.found.append(Guilt(names=frozenset({AGAIN}), before=Key(), after=again))
        repeats = [Key(attempt=attempt) for attempt in range(2, _REPEATS + 2)]
        self.trials.ask(*repeats)
        self.noise |= frozenset().union(*(self._noise(Key(), key) for key in (again, *repeats)))
        outputs = {output for step in self.trials.config.steps for output in step.outputs}
        self.drowned = outputs <= {path for path, leaf in self.noise if not leaf} or ("", "") in self.noise

    def _noise(self, one: Key, other: Key) -> frozenset[Spot]:
        before, after = self.trials.ask(one, other)
        return spots(self.trials.difference(before, after))

    def _candidates(self) -> tuple[str, ...]:
        if AGAIN in self.guilty:
            return tuple(name for name in self.names if name != AGAIN)
        if not self.unstable:
            return self.names
        # What differs by itself was not asked for, and is the answer all the same.
        environment = self.trials.environment
        by_itself = {
            name
            for name, variation in self.trials.variations.items()
            if variation.hold(environment) is not None
        }
        return tuple(name for name in self.trials.variations if name in {*self.names, *by_itself})

    def _search(self, names: Sequence[str], *, lifted: bool) -> None:
        for turn in range(1, self.turns + 1):
            rest = [name for name in names if name not in self.guilty]
            try:
                self._ahead(frozenset(rest), turn=turn, lifted=lifted)
                groups = self._bisect(rest, turn=turn, lifted=lifted)
                self._confirm(groups, turn=turn, lifted=lifted)
            except OutOfRuns:
                self._believe_suspected()
                self.undecided |= {name for name in names if name not in self.guilty}
                return

    def _believe_suspected(self) -> None:
        """Keep what was narrowed down before the runs were used up, though it differed only once."""
        for key in sorted(self.suspected, key=lambda key: len(key.names)):
            if not key.names & self.guilty and (len(key.names) == 1 or not self.found):
                self.found.append(Guilt(names=key.names, before=self.reference, after=key))

    def _ahead(self, rest: Group, *, turn: int, lifted: bool) -> None:
        """Try what is left in all turns side by side: mostly nothing differs any more."""
        if rest:
            turns = range(turn, self.turns + 1)
            self._try(*(self._key(rest, turn=later, lifted=lifted) for later in turns))

    def _bisect(self, names: Sequence[str], *, turn: int, lifted: bool) -> list[Group]:
        steps = search(names, width=self.trials.jobs, alone=lifted)
        self.suspected.clear()
        try:
            batch = next(steps)
            while True:
                keys = {group: self._key(group, turn=turn, lifted=lifted) for group in batch}
                self._try(*keys.values())
                self.suspected += filter(self.differs, keys.values())
                batch = steps.send({group: self.differs(key) for group, key in keys.items()})
        except StopIteration as ended:
            return list(ended.value)

    def _key(self, group: Group, *, turn: int, lifted: bool) -> Key:
        return Key(names=group, turn=turn, lifted=lifted, held=self.reference.held)

    def _confirm(self, groups: Sequence[Group], *, turn: int, lifted: bool) -> None:
        """Believe only what differs twice: a rare difference of the run itself may look like guilt."""
        keys = [self._key(group, turn=turn, lifted=lifted) for group in groups]
        if lifted and not self.unstable and all(len(group) == 1 for group in groups):
            # Everything at once left the bits alone several times before the pins were lifted.
            self.found += [Guilt(names=key.names, before=self.reference, after=key) for key in keys]
            return
        repeats = [replace(key, attempt=2) for key in keys]
        plain = [replace(self.reference, attempt=attempt) for attempt in (2, 3)] if keys else []
        self.trials.ask(*repeats, *plain)
        rare = any(len(group) > 1 for group in groups) or not all(map(self.differs, repeats))
        if rare or any(map(self.differs, plain)):
            self._doubt()
        for key, repeat in zip(keys, repeats, strict=True):
            if self.differs(key) and self.differs(repeat):
                self.found.append(Guilt(names=key.names, before=self.reference, after=key))
                if AGAIN in key.names and not self.reference.held:
                    self._learn(key)
            elif self.differs(key) and not self.unstable:
                self._accuse_run(key)
        self.found[:] = [one for one in self.found if one.names <= _MOVING or self.differs(one.after)]

    def _learn(self, again: Key) -> None:
        """Take what differs from run to run for noise from now on."""
        self.unstable = True
        repeats = [replace(again, attempt=attempt) for attempt in range(1, _REPEATS + 1)]
        self.trials.ask(*repeats)
        self.noise |= frozenset().union(*(self._noise(self.reference, key) for key in repeats))

    def _doubt(self) -> None:
        """Repeat the undisturbed run: does it differ from itself now and then?"""
        held = self.reference
        repeats = [replace(held, attempt=attempt) for attempt in range(2, _REPEATS + 2)]
        self.trials.ask(*repeats)
        found = [repeat for repeat in repeats if self._noise(held, repeat) - self.noise]
        if found:
            self.noise |= frozenset().union(*(self._noise(held, repeat) for repeat in found))
            if not any(guilt.names == {AGAIN} for guilt in self.found):
                self.unstable = True
                self.found.append(Guilt(names=frozenset({AGAIN}), before=held, after=found[0]))

    def evidence(self) -> Iterator[Key]:
        """Yield the trials that findings rest on."""
        yield self.reference
        for guilt in self.found:
            yield from (guilt.before, guilt.after)
