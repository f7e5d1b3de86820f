# SPDX-License-Identifier: Apache-2.0
"""Which commands a parser is built for."""

import pytest

from repro_action.cli.parser import COMMANDS, build


def test_the_parser_of_a_command_knows_that_command_alone():
    assert {"status"} == set(build(["-C", "x", "status", "--json"]).commands)


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h", "status"], ["help", "status"], ["sttus"]])
def test_the_parser_knows_all_commands_where_they_are_listed(arguments):
    assert set(COMMANDS) == set(build(arguments).commands)
