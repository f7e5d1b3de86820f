# SPDX-License-Identifier: Apache-2.0
"""Links of a comment: to the run, and to lines at the commit that was trained; nowhere else."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from golden.comment.cases import CASES_OF_COMMENTS
from golden.comment.parts import COMMIT, CONTEXT, bundle, entry, rendered
from golden.comment.single import flaky, stale
from golden.report.cases import CASES
from reports import PARSER

from repro_action.report.render.markdown import comment


def test_places_are_linked_at_the_commit():
    root = f"https://github.com/acme/models/blob/{COMMIT}"
    assert f"not intended → look at [`params.toml:3`]({root}/params.toml#L3)." in rendered(stale())
    assert f"**Next:** fix [`train.py:3`]({root}/train.py#L3)." in rendered(CASES["failed_step"])
    assert f"**Next:** at [`train.py:12`]({root}/train.py#L12), pass the seed;" in rendered(flaky())
    inside = comment.render(bundle(entry(stale(), "models/wine/repro.toml")), CONTEXT)
    assert f"[`models/wine/params.toml:3`]({root}/models/wine/params.toml#L3)" in inside


@pytest.mark.parametrize(
    "file",
    ["../../x", "/etc/passwd", "a b", "x)(http://x.y", "a`b", "-x", "x#L1", "x?y", "a\u202eb", "%2e%2e/x"],
)
def test_a_path_that_is_not_plain_is_not_linked(file):
    (cause,) = stale().causes
    body = rendered(replace(stale(), causes=(replace(cause, file=file),)))
    assert "/blob/" not in body.split("<details>")[0]
    assert "look at `" in body


@pytest.mark.parametrize("commit", ["", "HEAD", "1a2b3c4", COMMIT.upper(), f"{COMMIT}\n"])
def test_without_a_whole_commit_nothing_is_linked(commit):
    assert "/blob/" not in rendered(stale(), commit=commit)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://x.y/a b",
        "https://x.y/a)b",
        "https://x.y/](z",
        'https://x.y/"z',
        "https://x.y/<z>",
        "https://u@x.y/z",
        "ftp://x.y/z",
        "https://x.y/" + "z" * 500,
        "https://x.y/z\n",
    ],
)
def test_an_odd_address_is_not_linked(url):
    body = rendered(CASES["reproduced"], run_url=url)
    assert "](" not in body
    assert "x.y" not in body


def test_links_go_to_the_run_or_to_files_at_the_commit(posted):
    case = CASES_OF_COMMENTS[posted]
    body = comment.render(case.bundle, case.context, budget=case.budget)
    links = {
        child.attrs["href"]
        for token in PARSER.parse(body)
        for child in token.children or ()
        if child.type == "link_open"
    }
    source = re.compile(rf"https://github\.com/acme/models/(blob/{COMMIT}/[\w./-]+(#L\d+)?|actions/runs/\d+)")
    assert [] == [link for link in links if link != CONTEXT.run_url and not source.fullmatch(link)]
