# SPDX-License-Identifier: Apache-2.0
"""The command line: parse, build the adapters, map errors to exit codes; nothing else."""


def main() -> int:
    """Run the command line."""
    raise NotImplementedError
