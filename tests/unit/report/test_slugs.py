# SPDX-License-Identifier: Apache-2.0
"""Names of pages: safe on every file system, one a model."""

import re

from hypothesis import given
from hypothesis import strategies as st

from repro_action.report.slugs import slugs


def test_a_model_is_called_after_its_folder_and_at_the_top_after_itself():
    found = slugs({"models/Wine/repro.toml": "x", "repro.toml": "My model", "a/big.toml": "y"})
    assert {"models/Wine/repro.toml": "models-wine", "repro.toml": "my-model", "a/big.toml": "a-big"} == found


def test_models_that_would_be_alike_are_kept_apart():
    found = slugs({"a-b/repro.toml": "x", "a/b/repro.toml": "x", "A-B/repro.toml": "x"})
    assert 3 == len(set(found.values()))


def test_a_folder_that_is_called_as_another_ones_page_gets_another():
    taken = slugs({"a-b/repro.toml": "", "a/b/repro.toml": ""})["a/b/repro.toml"]
    found = slugs({f"A/{taken[2:]}/repro.toml": "", "a-b/repro.toml": "", "a/b/repro.toml": ""})
    assert 3 == len(set(found.values()))


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=20))
def test_every_name_is_safe_and_unique(models):
    found = slugs(models)
    assert len(models) == len({*found.values()})
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9._-]*", slug) for slug in found.values())
