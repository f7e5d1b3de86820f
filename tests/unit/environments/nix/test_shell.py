# SPDX-License-Identifier: Apache-2.0
"""What Nix answers, in the forms of its versions, read as values."""

from __future__ import annotations

import json

import pytest

from repro_action.environments.nix.shell import (
    Closure,
    Shell,
    closure,
    exported,
    from_table,
    name_and_version,
    store_path,
    store_paths,
)

H = "0123456789abcdfghijklmnpqrsvwxyz"
ENV = f"/nix/store/{H}-python3-3.13.1-env"
BLAS = f"/nix/store/{H[::-1]}-openblas-0.3.30"
NUMPY = f"/nix/store/a{H[1:]}-python3.13-numpy-2.4.4"
GCC = f"/nix/store/b{H[1:]}-gcc-14.3.0"


def info(path: str, size: int, *references: str) -> dict[str, object]:
    return {"path": path, "narSize": size, "references": [*references], "narHash": "sha256-x"}


INFOS = [info(ENV, 10, NUMPY, ENV), info(NUMPY, 20, BLAS), info(BLAS, 30), info(GCC, 40)]


def bare(path: str) -> str:
    return path.rsplit("/", 1)[1]


@pytest.mark.parametrize(
    "answer",
    [
        INFOS,
        {str(result["path"]): result for result in INFOS},
        {
            "version": 2,
            "info": {
                bare(str(result["path"])): {**result, "references": [bare(r) for r in result["references"]]}
                for result in INFOS
            },
        },
    ],
    ids=["a list until 2.18", "a table since 2.19", "base names of late"],
)
def test_a_closure_is_the_same_in_each_form(answer: object) -> None:
    result = closure(json.dumps(answer), (ENV,))
    assert Closure(paths=4, size=100, libraries={"openblas": "0.3.30"}) == result


@pytest.mark.parametrize("answer", ["", "no JSON", "{}", "[]", "[1]", '{"a": {"narSize": "1"}}', "[" * 5000])
def test_no_closure_is_made_of_nonsense(answer: str) -> None:
    assert closure(answer, (ENV,)) is None


def test_a_cycle_of_references_ends() -> None:
    result = closure(json.dumps([info(BLAS, 1, GCC), info(GCC, 1, BLAS)]), (BLAS,))
    assert result is not None
    assert {"gcc": "14.3.0", "openblas": "0.3.30"} == result.libraries


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("glibc-2.40-66", ("glibc", "2.40-66")),
        ("gcc-14.3.0-lib", ("gcc", "14.3.0-lib")),
        ("python3.13-numpy-2.4.4", ("python3.13-numpy", "2.4.4")),
        ("stdenv-linux", ("stdenv-linux", "")),
    ],
)
def test_names_are_split_as_nix_splits_them(name: str, parts: tuple[str, str]) -> None:
    assert parts == name_and_version(f"/nix/store/{H}-{name}")


def test_only_exported_variables_of_the_shell_are_taken() -> None:
    answer = {
        "bashFunctions": {},
        "variables": {
            "GREETING": {"type": "exported", "value": "hello"},
            "private": {"type": "var", "value": "1"},
            "list": {"type": "array", "value": ["a"]},
            "HOME": {"type": "exported", "value": "/homeless-shelter"},
            "NIX_BUILD_CORES": {"type": "exported", "value": "64"},
            "PYTHONHOME": {"type": "exported", "value": "/elsewhere"},
            "PYTHONPATH": {"type": "exported", "value": "/nix/store/x"},
            "BASH_FUNC_x%%": {"type": "exported", "value": "() { :; }"},
        },
    }
    assert {"GREETING": "hello", "PYTHONPATH": "/nix/store/x"} == exported(json.dumps(answer))


@pytest.mark.parametrize("answer", ["", "[]", "{}", '{"variables": []}'])
def test_an_answer_without_variables_is_none(answer: str) -> None:
    assert exported(answer) is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"{ENV}/bin/python", ENV),
        (ENV, ENV),
        ("/nix/store/short-x/bin", ""),
        ("/nix/store/.links/x", ""),
        ("/usr/bin/python", ""),
    ],
)
def test_a_store_path_is_found_in_a_path(path: str, expected: str) -> None:
    assert expected == store_path(path)


def test_store_paths_of_a_list_come_once_and_in_order() -> None:
    assert (ENV, BLAS) == store_paths(f"{ENV}/bin:/usr/bin:{BLAS}/lib:{ENV}/lib:")


def test_a_shell_survives_the_cache() -> None:
    shell = Shell(
        derivation=f"{ENV}.drv",
        output=ENV,
        variables={"A": "b"},
        closure=Closure(paths=1, size=2, libraries={"x": "1"}),
    )
    assert shell == from_table(json.loads(json.dumps(shell.as_table())))
    assert from_table({**shell.as_table(), "size": "2"}) is None
