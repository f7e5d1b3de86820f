# SPDX-License-Identifier: Apache-2.0
"""From "the bits differ" to the variations that cause it: what a probe tries, in which order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from repro_action.probe.bisection import Group, search
from repro_action.probe.trial import TrialOutcome
from repro_action.probe.trials import PATH, OutOfRuns, OutputLeaf, TrialKey, Trials, differing_leaves

AGAIN = "again"
ENVIRONMENT = "environment"
MOVED = ("aslr", "time")
"""What a disturbance of anything else may move a little: where objects lie, how often the clock is read."""
_MOVING = {AGAIN, ENVIRONMENT, *MOVED}
_REPEATS = 4
_INDEX = re.compile(r"\[[0-9]+\]")
_SEVERAL = 2


def beyond(found: frozenset[OutputLeaf], noise: frozenset[OutputLeaf]) -> frozenset[OutputLeaf]:
    """Return the leaves that differ and are no noise.

    Where two elements of a list differ by themselves, every element may: which ones it is in a few runs of a
    race is chance, and a loaded machine reorders more of them.
    """
    whole = {path for path, leaf in noise if not leaf}
    elements = Counter(map(_of_any_index, noise))
    return frozenset(
        leaf
        for leaf in found - noise
        if (leaf[0] not in whole or not leaf[0]) and elements[_of_any_index(leaf)] < _SEVERAL
    )


def _of_any_index(leaf: OutputLeaf) -> OutputLeaf:
    path, inside = leaf
    return path, _INDEX.sub("[]", inside)


@dataclass(frozen=True, slots=True, kw_only=True)
class Culprit:
    """A group of variations that changes the outputs, and the two trials that show it.

    Attributes:
        names: of the variations.
        before, after: the two trials.
        unfinished: the runs were used up before it was known which of several it is.
    """

    names: Group
    before: TrialKey
    after: TrialKey
    unfinished: bool = False


@dataclass(slots=True, kw_only=True)
class CulpritSearch:
    """One search for the variations that change the outputs.

    Attributes:
        trials: runs them.
        names: variations that were asked for and that this machine can disturb.
        turns: how often everything is disturbed at once.
        reference: what trials are compared with.
        noise: places that differ between runs that nobody disturbed.
        unstable: whether the run disagrees with itself.
        culprits: groups that were found.
        undecided: variations of which it is not known.
        too_noisy: whether so much differs by itself that other differences cannot be seen.
        suspected: trials of the search that goes on and that differed.
    """

    trials: Trials
    names: tuple[str, ...]
    rounds: int
    reference: TrialKey = field(default_factory=TrialKey)
    noise: frozenset[OutputLeaf] = frozenset()
    unstable: bool = False
    culprits: list[Culprit] = field(default_factory=list)
    undecided: set[str] = field(default_factory=set)
    too_noisy: bool = False
    suspected: list[TrialKey] = field(default_factory=list)

    @property
    def culprit_names(self) -> set[str]:
        """Every variation of a group that was found."""
        return {name for culprit in self.culprits for name in culprit.names}

    def differs(self, key: TrialKey) -> bool:
        """Whether a trial differs from the reference by more than noise; it is run if need be."""
        outcome, before = self.trials.ask(key, self.reference)
        return bool(self._beyond(before, outcome))

    def _beyond(self, before: TrialOutcome, after: TrialOutcome) -> frozenset[OutputLeaf]:
        return beyond(differing_leaves(self.trials.difference(before, after)), self.noise)

    def disturb(self) -> None:
        """Find what the results depend on with the profile in effect."""
        try:
            self._disturb()
        except OutOfRuns:
            self.undecided |= set(self.names) - self.culprit_names
        self._keep_what_was_not_narrowed_down()

    def _keep_what_was_not_narrowed_down(self) -> None:
        """Report as one group what differed and was not narrowed down: it must not look robust."""
        outcomes = self.trials.outcomes
        differing = [key for key in self._everything() if {key, self.reference} <= set(outcomes)]
        after = next(filter(self.differs, differing), None)
        if after is not None and not self.culprits and not outcomes[self.reference].failure:
            unfinished = len(after.names) > 1
            self.culprits.append(
                Culprit(names=after.names, before=self.reference, after=after, unfinished=unfinished)
            )

    def _everything(self) -> list[TrialKey]:
        return [
            TrialKey(names=frozenset(self.names), round_number=round_number)
            for round_number in range(1, self.rounds + 1)
        ]

    def _disturb(self) -> None:
        everything = frozenset(self.names)
        first = self._everything()
        self._try(self.reference, *first)
        if self.trials.outcomes[self.reference].failure or not any(map(self.differs, first)):
            self.trials.anywhere |= PATH in everything
            return
        self._check_the_run_itself()
        if not self.too_noisy:
            self._search(self._candidates(), unpinned=False)

    def unpin(self, names: Collection[str]) -> None:
        """Find what only the pins of the profile keep the same."""
        if names and not self.too_noisy:
            self._search(tuple(name for name in self.trials.variations if name in names), unpinned=True)

    def _try(self, *keys: TrialKey) -> list[TrialOutcome]:
        outcomes = self.trials.ask(*keys)
        longest = max((sum(outcome.seconds.values()) for outcome in outcomes), default=0.0)
        # Slower kernels may take many times as long; what takes longer still is not waited for.
        self.trials.limit = self.trials.limit or 120 + 30 * longest
        return outcomes

    def _check_the_run_itself(self) -> None:
        """Ask whether the run agrees with itself, and if not, under which conditions it does."""
        again = [TrialKey(attempt=attempt) for attempt in range(2, _REPEATS + 1)]
        path = TrialKey(names=frozenset({PATH}))
        self.trials.ask(*again, *([path] if PATH in self.names else []))
        different = next(filter(self.differs, again), None)
        if different is not None:
            self._search_unstable(different)
        else:
            self.trials.anywhere |= PATH in self.names and not self.differs(path)
            self._ask_for_variables()

    def _ask_for_variables(self) -> None:
        """Ask for additional variables alone: where they matter, every variation that sets one does, too."""
        keys = [
            TrialKey(names=frozenset({ENVIRONMENT}), round_number=round_number) for round_number in (1, 2)
        ]
        if ENVIRONMENT in self.names and all(map(self.differs, keys)):
            self.culprits.append(Culprit(names=keys[0].names, before=self.reference, after=keys[0]))
            self.noise |= frozenset().union(*(self._noise(self.reference, key) for key in keys))

    def _search_unstable(self, again: TrialKey) -> None:
        """Pin whatever can differ by itself; what differs even then is noise."""
        self.unstable = True
        pinned, *repeats = (TrialKey(pinned=True, attempt=attempt) for attempt in (1, 2, 3))
        failed = any(one.failure for one in self.trials.ask(pinned, *repeats))
        if not failed and not any(self._noise(pinned, repeat) for repeat in repeats):
            self.reference = pinned
            self._try_what_moves()
            moved = TrialKey(names=frozenset({PATH}), pinned=True)
            self.trials.anywhere |= PATH in self.names and not self.differs(moved)
            return
        self._add_the_run_itself(again)

    def _try_what_moves(self) -> None:
        """Ask for addresses and the clock alone: where they matter, whatever is disturbed moves them too."""
        for name in MOVED:
            free = TrialKey(names=frozenset({name}), pinned=True)
            if name not in self.trials.variations or not self.differs(free):
                continue
            self.culprits.append(Culprit(names=free.names, before=self.reference, after=free))
            moved = [replace(free, attempt=attempt) for attempt in range(1, _REPEATS + 1)]
            self.trials.ask(*moved)
            self.noise |= frozenset().union(*(self._noise(self.reference, key) for key in moved))

    def _add_the_run_itself(self, again: TrialKey) -> None:
        """Note that the run differs from itself, and where."""
        self.unstable = True
        self.culprits.append(Culprit(names=frozenset({AGAIN}), before=TrialKey(), after=again))
        repeats = [TrialKey(attempt=attempt) for attempt in range(2, _REPEATS + 2)]
        self.trials.ask(*repeats)
        self.noise |= frozenset().union(*(self._noise(TrialKey(), key) for key in (again, *repeats)))
        outputs = {output for step in self.trials.config.steps for output in step.outputs}
        self.too_noisy = outputs <= {path for path, leaf in self.noise if not leaf} or ("", "") in self.noise

    def _noise(self, one: TrialKey, other: TrialKey) -> frozenset[OutputLeaf]:
        before, after = self.trials.ask(one, other)
        return differing_leaves(self.trials.difference(before, after))

    def _candidates(self) -> tuple[str, ...]:
        if AGAIN in self.culprit_names:
            return tuple(name for name in self.names if name != AGAIN)
        if not self.unstable:
            return self.names
        # What differs by itself was not asked for, and is the answer all the same.
        environment = self.trials.environment
        by_itself = {
            name
            for name, variation in self.trials.variations.items()
            if variation.pin(environment) is not None
        }
        return tuple(name for name in self.trials.variations if name in {*self.names, *by_itself})

    def _search(self, names: Sequence[str], *, unpinned: bool) -> None:
        for round_number in range(1, self.rounds + 1):
            rest = [name for name in names if name not in self.culprit_names]
            try:
                self._ahead(frozenset(rest), round_number=round_number, unpinned=unpinned)
                groups = self._bisect(rest, round_number=round_number, unpinned=unpinned)
                self._confirm(groups, round_number=round_number, unpinned=unpinned)
            except OutOfRuns:
                self._believe_suspected()
                self.undecided |= {name for name in names if name not in self.culprit_names}
                return

    def _believe_suspected(self) -> None:
        """Keep what was narrowed down before the runs were used up, though it differed only once."""
        for key in sorted(self.suspected, key=lambda key: len(key.names)):
            if not key.names & self.culprit_names and (len(key.names) == 1 or not self.culprits):
                unfinished = len(key.names) > 1
                self.culprits.append(
                    Culprit(names=key.names, before=self.reference, after=key, unfinished=unfinished)
                )

    def _ahead(self, rest: Group, *, round_number: int, unpinned: bool) -> None:
        """Try what is left in all turns side by side: mostly nothing differs any more."""
        if rest:
            rounds = range(round_number, self.rounds + 1)
            self._try(*(self._key(rest, round_number=later, unpinned=unpinned) for later in rounds))

    def _bisect(self, names: Sequence[str], *, round_number: int, unpinned: bool) -> list[Group]:
        steps = search(names, width=self.trials.jobs, alone=unpinned)
        self.suspected.clear()
        try:
            batch = next(steps)
            while True:
                keys = {
                    group: self._key(group, round_number=round_number, unpinned=unpinned) for group in batch
                }
                self._try(*keys.values())
                self.suspected += filter(self.differs, keys.values())
                batch = steps.send({group: self.differs(key) for group, key in keys.items()})
        except StopIteration as ended:
            return list(ended.value)

    def _key(self, group: Group, *, round_number: int, unpinned: bool) -> TrialKey:
        return TrialKey(
            names=group, round_number=round_number, unpinned=unpinned, pinned=self.reference.pinned
        )

    def _confirm(self, groups: Sequence[Group], *, round_number: int, unpinned: bool) -> None:
        """Believe only what differs twice: a rare difference of the run itself may look like an effect."""
        keys = [self._key(group, round_number=round_number, unpinned=unpinned) for group in groups]
        if unpinned and not self.unstable and all(len(group) == 1 for group in groups):
            # Everything at once left the bits alone several times before the pins were removed.
            self.culprits += [Culprit(names=key.names, before=self.reference, after=key) for key in keys]
            return
        repeats = [replace(key, attempt=2) for key in keys]
        plain = [replace(self.reference, attempt=attempt) for attempt in (2, 3)] if keys else []
        self.trials.ask(*repeats, *plain)
        rare = any(len(group) > 1 for group in groups) or not all(map(self.differs, repeats))
        if rare or any(map(self.differs, plain)):
            self._repeat_undisturbed()
        for key, repeat in zip(keys, repeats, strict=True):
            if self.differs(key) and self.differs(repeat):
                self.culprits.append(Culprit(names=key.names, before=self.reference, after=key))
                if AGAIN in key.names and not self.reference.pinned:
                    self._add_noise(key)
            elif self.differs(key) and not self.unstable:
                self._add_the_run_itself(key)
        self.culprits[:] = [one for one in self.culprits if one.names <= _MOVING or self.differs(one.after)]

    def _add_noise(self, again: TrialKey) -> None:
        """Take what differs from run to run for noise from now on."""
        self.unstable = True
        repeats = [replace(again, attempt=attempt) for attempt in range(1, _REPEATS + 1)]
        self.trials.ask(*repeats)
        self.noise |= frozenset().union(*(self._noise(self.reference, key) for key in repeats))

    def _repeat_undisturbed(self) -> None:
        """Repeat the undisturbed run: does it differ from itself now and then?"""
        reference = self.reference
        repeats = [replace(reference, attempt=attempt) for attempt in range(2, _REPEATS + 2)]
        self.trials.ask(*repeats)
        found = [repeat for repeat in repeats if self._noise(reference, repeat) - self.noise]
        if found:
            self.noise |= frozenset().union(*(self._noise(reference, repeat) for repeat in found))
            if not any(culprit.names == {AGAIN} for culprit in self.culprits):
                self.unstable = True
                self.culprits.append(Culprit(names=frozenset({AGAIN}), before=reference, after=found[0]))

    def evidence(self) -> Iterator[TrialKey]:
        """Yield the trials that findings rest on."""
        yield self.reference
        for culprit in self.culprits:
            yield from (culprit.before, culprit.after)
