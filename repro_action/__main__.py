# SPDX-License-Identifier: Apache-2.0
"""`python -m repro_action` is the `repro` command."""

from repro_action.cli import start

if __name__ == "__main__":
    # NOTE: leaving through `start` also keeps the exit status of an interruption: where Ctrl-C met a
    # text that `exec` was running (a dataclass being made), CPython would end by the signal itself.
    start()
