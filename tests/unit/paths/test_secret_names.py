# SPDX-License-Identifier: Apache-2.0
"""Names of keys and passwords are known; those of data and code are not taken for them."""

from __future__ import annotations

import pytest

from repro_action.paths.secret_names import may_be_secret


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
    ],
)
def test_data_and_code_are_not(path: str) -> None:
    assert not may_be_secret(path)
