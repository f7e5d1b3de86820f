# SPDX-License-Identifier: Apache-2.0
"""The argument parser: one table of commands, options that all share."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path
from typing import Protocol

from repro_action import __version__
from repro_action.cli.usage import CommandParser, UsageError, command_word, did_you_mean

COMMANDS = {
    "init": "read this repository and write a repro.toml that runs",
    "verify": "train, compare with the committed baseline, say why it differs",
    "status": "compare materials with the baseline, without training",
    "plan": "list the configurations of a repository that a change affects",
    "accept": "make the last run the baseline of its platform class",
    "attest": "sign what the last run proved, or check a signed statement",
    "fetch": "bring archived products of a commit back, verified",
    "receipts": "count the builders who rebuilt the model and got the same",
    "diff": "compare two files, folders, baselines or git revisions leaf by leaf",
    "check": "say whether a deployed model is the one that was rebuilt",
    "drift": "say whether new data is like the data that the model was accepted with",
    "report": "show the last run's report again, or write it as one page of HTML",
    "probe": "run again under disturbances, and find what the results depend on",
    "explain": "say which of code, data, parameters, environment and seed moved the metrics",
    "calibrate": "train with other seeds: how much of a metric's change is luck",
    "bisect": "find the commit at which a result changed",
    "pin": "write or check the digests of data",
    "doctor": "check that this machine and project can give reproducible results",
    "pack": "write all evidence of the last run as one file for an auditor, or check one",
    "history": "list the accepted baselines of each model, or make a site",
    "merge-baseline": "merge the baselines of two branches; what git runs",
    "publish": "comment on a pull request with reports that were made elsewhere",
    "action": "one stage of the GitHub Action; what action.yml runs",
}

_EPILOG = """\
exit status:
  0  reproduced, or equivalent inside the declared tolerance
  1  changed (the baseline is stale) or drifted (not reproducible)
  2  failed: a step, a pin, the configuration or a tool
  3  no baseline for this platform class yet

a first session:
  repro init          write repro.toml
  repro verify        train and fingerprint
  repro accept        commit repro.baseline.json afterwards
  repro verify        from now on: reproduced, or why not
"""


class CommandModule(Protocol):
    """What each module of `repro_action.cli.commands` provides."""

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's options."""

    def execute(self, options: argparse.Namespace) -> int:
        """Run the command and return its exit status."""


def command_of(name: str) -> CommandModule:
    """Load the module that implements a command."""
    module: CommandModule = import_module(f"repro_action.cli.commands.{name.replace('-', '_')}")
    return module


def parse(arguments: list[str]) -> argparse.Namespace | str:
    """Parse a command line.

    Returns:
        The options, or the help that was asked for by the command `help`.

    Raises:
        UsageError: it is not understood.
    """
    word = command_word(arguments)
    parser = build(arguments)
    if word == "help":
        wanted = command_word(arguments[arguments.index(word) + 1 :])
        return (_command_named(parser, wanted) if wanted else parser).format_help()
    if word:
        _command_named(parser, word)
    elif not {"-h", "--help", "-V", "--version"} & set(arguments):
        raise UsageError(
            "no command was given",
            remedy="Start with `repro init`.",
            usage=parser.format_help(),
        )
    options, extras = parser.parse_known_args(arguments)
    if extras:
        parser.commands[options.command].refuse(extras)
    return options


def _command_named(parser: CommandParser, word: str) -> CommandParser:
    if word not in parser.commands:
        close = did_you_mean(word, [*COMMANDS, "help"], prefix="repro ")
        raise UsageError(
            f"there is no command {word}",
            remedy=close or f"The commands are {', '.join(COMMANDS)}.",
            usage=parser.format_usage(),
        )
    return parser.commands[word]


def build(arguments: list[str]) -> CommandParser:
    """Build the parser, for start-up time with the mentioned commands alone, unless all are to be listed."""
    parser = CommandParser(
        prog="repro",
        description="Prove that a model can be rebuilt bit for bit, and name the cause if it cannot.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("-V", "--version", action="version", version=f"repro {__version__}")
    _shared(parser, default=True)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    parser.commands = {}
    wanted = {word for word in arguments if word in COMMANDS}
    listed = not wanted or any(word == "help" or (word[:1] == "-" and "h" in word) for word in arguments)
    for name, summary in COMMANDS.items():
        if not listed and name not in wanted:
            continue
        sub = commands.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        parser.commands[name] = sub
        if name in wanted:
            command_of(name).configure(sub)
        _shared(sub, default=False)
    return parser


def _shared(parser: argparse.ArgumentParser, *, default: bool) -> None:
    """Add options that may stand before and after the command; the later one counts."""
    group = parser.add_argument_group("everywhere")

    def absent(value: object) -> object:
        return value if default else argparse.SUPPRESS

    group.add_argument(
        "-C",
        dest="directory",
        metavar="DIR",
        type=Path,
        default=absent(Path()),
        help="work as if started in DIR",
    )
    group.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        default=absent(None),
        help="configuration; default: repro.toml, or [tool.repro] in pyproject.toml",
    )
    group.add_argument(
        "--json",
        action="store_true",
        default=absent(False),
        help="print one JSON document on standard output",
    )
