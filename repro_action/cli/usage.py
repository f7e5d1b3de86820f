# SPDX-License-Identifier: Apache-2.0
"""Mistakes on the command line, answered with the usage of the command and what was likely meant."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import NoReturn

from repro_action.errors import ReproError

_WITH_VALUE = {"-C", "--config"}


class UsageError(ReproError):
    """The command line is not understood.

    Attributes:
        usage: of the command that was given.
    """

    def __init__(self, what: str, *, remedy: str, usage: str) -> None:
        super().__init__(what, remedy=remedy)
        self.usage = usage


class CommandParser(argparse.ArgumentParser):
    """A parser whose errors are raised, so that one place prints them.

    Attributes:
        commands: parsers of the commands by name.
    """

    commands: dict[str, CommandParser]

    def error(self, message: str) -> NoReturn:
        """Raise what argparse found.

        Raises:
            UsageError: always.
        """
        raise UsageError(
            message, remedy=f"`{self.prog} --help` lists the options.", usage=self.format_usage()
        )

    def refuse(self, extras: list[str]) -> NoReturn:
        """Raise because of words that this command does not know.

        Raises:
            UsageError: always.
        """
        options = [option.partition("=")[0] for option in extras if option.startswith("-")]
        remedy = next(
            (suggestion for one in options if (suggestion := did_you_mean(one, self._option_string_actions))),
            "",
        )
        raise UsageError(
            f"{self.prog} does not know {' '.join(extras)}",
            remedy=remedy or f"`{self.prog} --help` lists the options.",
            usage=self.format_usage(),
        )


def command_word(arguments: list[str]) -> str:
    """Return the first word that is neither an option nor the value of one; empty if there is none."""
    waiting = iter(arguments)
    for word in waiting:
        if word in _WITH_VALUE:
            next(waiting, "")
        elif not word.startswith("-"):
            return word
    return ""


def did_you_mean(word: str, names: Iterable[str], *, prefix: str = "") -> str:
    """Return a question that names the known word that is closest; empty where none is close."""
    import difflib

    close = difflib.get_close_matches(word[:100], list(names), n=1)
    return f"Did you mean `{prefix}{close[0]}`?" if close else ""
