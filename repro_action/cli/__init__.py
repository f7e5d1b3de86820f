# SPDX-License-Identifier: Apache-2.0
"""The command line: parse, build the adapters, map errors to exit codes; nothing else."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repro_action.errors import ReproError


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

    # Closed by the caller (`repro verify >&-`): the exit status still tells.
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - until the end
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - until the end
    try:
        with interruptible():
            status = _dispatch(arguments)
            sys.stdout.flush()
            return status
    except ReproError as error:
        return _fail(error, arguments)
    except BrokenPipeError:
        # The reader of our output went away (`repro diff … | head`). Status as if SIGPIPE had
        # ended us; never 0, which would say `reproduced`.
        sys.stdout = None
        return 141
    except KeyboardInterrupt:
        print("repro: interrupted", file=sys.stderr)  # noqa: T201 - the console may be gone
        return 130
    except OSError as error:
        from repro_action.cli.trouble import of_system

        return _fail(of_system(error), arguments)
    except Exception as error:  # noqa: BLE001 - the last net: Python's own status 1 would say `changed`
        from repro_action.cli.trouble import tell_bug

        return tell_bug(error)


def _dispatch(arguments: list[str]) -> int:
    from repro_action.cli.parser import build, command_of

    options = build(arguments).parse_args(arguments)
    return command_of(options.command).execute(options)


def _fail(error: ReproError, arguments: list[str]) -> int:
    from repro_action.cli.console import show_error

    show_error(error, as_json="--json" in arguments)
    return error.exit_code
