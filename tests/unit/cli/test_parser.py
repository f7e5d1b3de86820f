# SPDX-License-Identifier: Apache-2.0
"""Which commands a parser is built for."""

import pytest

from repro_action.cli.parser import COMMANDS, build


def test_the_parser_of_a_command_knows_that_command_alone():
    assert {"status"} == set(build(["-C", "x", "status", "--json"]).commands)


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h", "status"], ["help", "status"], ["sttus"]])
def test_the_parser_knows_all_commands_where_they_are_listed(arguments):
    assert set(COMMANDS) == set(build(arguments).commands)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_a_terminal_of_eighty_columns(command, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    arguments = [command, "--help"] if command else ["--help"]
    with pytest.raises(SystemExit):
        build(arguments).parse_args(arguments)
    assert [] == [line for line in capsys.readouterr().out.splitlines() if len(line) > 80]
