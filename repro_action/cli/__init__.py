# SPDX-License-Identifier: Apache-2.0
"""The command line: parse, build the adapters, map errors to exit codes; nothing else."""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # `typing` itself takes 2 ms, and `--version` needs nothing else
    from typing import NoReturn

    from repro_action.errors import ReproError


def start() -> NoReturn:
    """Run the command line as the whole process: what `repro` on PATH calls.

    Ends without the interpreter's own tidying, which takes 10 ms once NumPy and rich are loaded
    and frees nothing that the end of the process does not.
    """
    # Imports make many objects and no garbage; looking for it takes a tenth of the start.
    gc.set_threshold(300_000, 50, 100)
    status = main()
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except OSError:
        status = 141  # as in `main`: the reader went away
    os._exit(status)


def main() -> int:
    """Run the command line and return its exit status; see `docs/exit-codes.md`."""
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        # Printed before anything is parsed, since scripts ask for it often.
        from repro_action import __version__

        print(f"repro {__version__}")  # noqa: T201 - the one line before the console exists
        return 0
    from repro_action.errors import ReproError
    from repro_action.steps.signals import interruptible

    # Closed by the caller (`repro verify >&-`): the exit status is still right.
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - until the end
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - until the end
    try:
        with interruptible():
            status = _dispatch(arguments)
            try:
                sys.stdout.flush()
            except BrokenPipeError:
                raise
            except OSError as error:
                from repro_action.cli.console import lose_output

                lose_output(error)
            return status
    except ReproError as error:
        return _fail(error, arguments)
    except BrokenPipeError:
        # The reader of our output went away (`repro diff … | head`). Status as if SIGPIPE had
        # ended us; never 0, which would say `reproduced`.
        sys.stdout = None
        return 141
    except KeyboardInterrupt:
        return _interrupted(arguments)
    except OSError as error:
        from repro_action.cli.error_handler import from_os_error

        return _fail(from_os_error(error), arguments)
    except Exception as error:  # noqa: BLE001 - the last net: Python's own status 1 would say `changed`
        from repro_action.cli.error_handler import bug_error, is_interruption, print_bug

        if is_interruption(error):
            return _interrupted(arguments)
        print_bug(error)
        return _document(bug_error(error), arguments)


def _dispatch(arguments: list[str]) -> int:
    from repro_action.cli.console import require_folder
    from repro_action.cli.parser import command_of, parse

    options = parse(arguments)
    if isinstance(options, str):
        sys.stdout.write(options)
        return 0
    if options.command != "verify":  # which writes a report about that, too
        require_folder(options.directory)
    return command_of(options.command).execute(options)


def _fail(error: ReproError, arguments: list[str]) -> int:
    if "--json" not in arguments:
        from repro_action.cli.console import show_error

        show_error(error)
    return _document(error, arguments)


def _interrupted(arguments: list[str]) -> int:
    from repro_action.errors import Interrupted

    sys.stderr.write("repro: interrupted\n")
    return _document(Interrupted("the run was stopped by Ctrl-C", remedy="Start it again."), arguments)


def _document(error: ReproError, arguments: list[str]) -> int:
    """Print an error for machines, if one reads along; returns its exit status."""
    if "--json" in arguments:
        from repro_action.cli.console import print_error
        from repro_action.cli.usage import command_word

        print_error(error, command=command_word(arguments))
    return error.exit_code
