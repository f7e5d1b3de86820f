# SPDX-License-Identifier: Apache-2.0
"""Where a project writes its seed: names of parameters, options of commands, variables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

LARGEST = 2**32 - 1
"""What NumPy and the configuration admit."""

_NAME = r"(?:(?:random[-_.]?)?seed|random[-_.]?state)"
_OPTION = re.compile(rf"(?<![\w-])(--?{_NAME}[= ]|[\w.+]*\b{_NAME}=)([0-9]{{1,10}})(?![\w.])", re.IGNORECASE)
"""`--seed 42`, `--random-state=42`, `seed=42`, `train.seed=42`, and variables before a command: `SEED=42`."""
_FLAG = re.compile(rf"--?{_NAME}", re.IGNORECASE)
_VARIABLE = re.compile(_NAME, re.IGNORECASE)
_KEY = re.compile(rf"(?:^|[._\-]){_NAME}$", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,10}")


def is_seed_name(name: str) -> bool:
    """Whether the name of a parameter says that it is a seed: `seed`, `model.random_state`."""
    return _KEY.search(name) is not None


def reseeded_text(command: str, seed: str) -> str:
    """Return a command line with another seed."""
    return _OPTION.sub(lambda found: found[1] + seed, command)


def reseeded_words(words: Sequence[str], seed: int) -> tuple[str, ...]:
    """Return the words of a command with another seed; those after `--seed`, and in `--seed=42`."""
    return tuple(_words(words, str(seed)))


def _words(words: Sequence[str], seed: str) -> Iterator[str]:
    for place, word in enumerate(words):
        named = place > 0 and _FLAG.fullmatch(words[place - 1]) and _NUMBER.fullmatch(word)
        yield seed if named else reseeded_text(word, seed)


def reseeded_variable(name: str, value: str, seed: int) -> str:
    """Return the value of a variable of a step with another seed, if it is one."""
    return str(seed) if _VARIABLE.fullmatch(name) and _NUMBER.fullmatch(value) else value


def other_seeds(seed: int, count: int) -> tuple[int, ...]:
    """Return the seeds of a calibration: the next whole numbers, so that a longer one begins like a shorter.

    Args:
        seed: of the configuration, which is none of them: base and head are draws of their own.
        count: how many, at least 1.
    """
    return tuple((seed + step) % (LARGEST + 1) for step in range(1, count + 1))
