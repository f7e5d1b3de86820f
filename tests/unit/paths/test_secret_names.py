# SPDX-License-Identifier: Apache-2.0
"""Names of keys and passwords are known; those of data and code are not taken for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from repro_action.paths.secret_names import leads_out, may_be_secret, may_reach_secret


@pytest.mark.parametrize(
    "path",
    [
        *(
            ".env",
            "app/.env.local",
            "prod.env",
            "key.pem",
            "id_rsa",
            "deploy/id_ed25519",
            ".netrc",
            "kaggle.json",
        ),
        *(
            "conf/credentials.yml",
            "client_secret.json",
            "service-account.json",
            ".aws/config",
            "secrets/a.txt",
        ),
        *(".envrc", ".env-prod", "hf_token", "access_token.txt", "prod.tfvars", ".s3cfg"),
        *("my_api_key.txt", "token.json", ".git-credentials", ".dvc/config.local"),
    ],
)
def test_a_secret_is_known_by_its_name(path: str) -> None:
    assert may_be_secret(path)


@pytest.mark.parametrize(
    "path",
    [
        *("train.csv", "tokenizer.json", "data/keys.csv", "environment.yml", "src/env.py", "monkey.png"),
        *("configs/config.yaml", "tokens.csv", "data/public.key.csv", "params.toml", "data/"),
        *("added_tokens.json", "special_tokens_map.json", "envs.py"),
    ],
)
def test_data_and_code_are_not(path: str) -> None:
    assert not may_be_secret(path)


@pytest.mark.parametrize("target", [".env", ".git/config", "../elsewhere/id_rsa"])
def test_a_link_is_as_secret_as_what_it_leads_to(tmp_path: Path, target: str) -> None:
    root = tmp_path / "project"
    (root / "data").mkdir(parents=True)
    (root / "data" / "train.csv").symlink_to(f"../{target}")
    assert may_reach_secret(root, "data/train.csv")


def test_a_link_to_data_is_none_and_says_whether_it_leads_out(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "in.csv").symlink_to("data.csv")
    (tmp_path / "project" / "out").symlink_to("../shared")
    paths = ("in.csv", "out/a.csv")
    assert [False, False] == [may_reach_secret(tmp_path / "project", path) for path in paths]
    assert [False, True] == [leads_out(tmp_path / "project", path) for path in paths]
