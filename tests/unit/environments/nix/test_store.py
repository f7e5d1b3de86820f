# SPDX-License-Identifier: Apache-2.0
"""Expressions that evaluate nothing of the project, and commands that never build in the open."""

from __future__ import annotations

import pytest

from repro_action.environments.nix.store import Store, expression, nix_environ, paths_in, plain

H = "0123456789abcdfghijklmnpqrsvwxyz"
PYTHON = f"/nix/store/{H}-python3-3.13.1-env"


def made(name: str, *inputs: str) -> str:
    return expression(
        name,
        system="x86_64-linux",
        python=f"{PYTHON}/bin/python",
        folder=f"/nix/store/{H}-step",
        inputs=inputs,
    )


@pytest.mark.parametrize(
    "name", ['a"b', "a${builtins.abort 1}", "a\\", "../../x", "a b", "Ünï", "..", "'' + x"]
)
def test_no_name_of_a_step_leaves_its_string(name: str) -> None:
    line = next(line for line in made(name).splitlines() if line.startswith("  name = "))
    inner = line.removeprefix('  name = "').removesuffix('";')
    assert set(inner) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+._?=-")


def test_strings_cannot_be_ended_nor_interpolated() -> None:
    text = made("train", f'{PYTHON}" + (abort "x") + "${{y}}')
    assert '\\" + (abort \\"x\\") + \\"\\${y}' in text


def test_inputs_stand_once_and_sorted() -> None:
    text = made("train", f"{PYTHON}-b", f"{PYTHON}-a", f"{PYTHON}-b")
    assert 1 == text.count(f'storePath "{PYTHON}-b"')
    assert text.index(f"{PYTHON}-a") < text.index(f"{PYTHON}-b")


def test_every_build_asks_for_the_sandbox_and_for_no_substitutes() -> None:
    command = Store(environ={}).command(f"/nix/store/{H}-x.drv", again=False)
    pairs = {command[at + 1]: command[at + 2] for at, word in enumerate(command) if word == "--option"}
    assert {
        "sandbox": "true",
        "sandbox-fallback": "false",
        "substitute": "false",
        "always-allow-substitutes": "false",
    } == pairs
    assert "--check" not in command


def test_a_known_output_is_built_again_and_kept() -> None:
    command = Store(environ={}).command(f"/nix/store/{H}-x.drv", again=True)
    assert {"--check", "--keep-failed"} <= set(command)


@pytest.mark.parametrize(
    ("url", "place", "fetches"),
    [("", PYTHON, False), ("/other", f"/other{PYTHON}", False), ("ssh-ng://builder", PYTHON, True)],
)
def test_outputs_are_found_where_the_store_keeps_them(url: str, place: str, fetches: bool) -> None:
    store = Store(environ={}, url=url)
    assert place == store.place(PYTHON)
    assert fetches == bool(store.fetch(PYTHON))


def test_store_paths_are_found_in_variables() -> None:
    assert (PYTHON,) == paths_in([f"{PYTHON}/bin:/usr/bin", f"-L{PYTHON}/lib -lm", "/nix/store/x"])


def test_names_of_store_paths_are_never_empty_nor_hidden() -> None:
    assert ("x", "hidden", "a-b") == (plain(""), plain(".hidden"), plain("a/b"))


def test_nix_gets_its_own_variables_and_no_others() -> None:
    variables = nix_environ({"NIX_REMOTE": "daemon", "AWS_SECRET": "x", "PATH": "/bin", "PYTHONPATH": "/p"})
    assert {"NIX_REMOTE", "PATH", "LC_ALL", "NO_COLOR", "TERM"} == set(variables)
