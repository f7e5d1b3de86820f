# SPDX-License-Identifier: Apache-2.0
"""`repro history --html` over a real repository: pages of our structure alone, with links that lead somewhere."""

import re
from xml.etree import ElementTree as ET

import pytest
from history_repository import EVIL, HistoryRepository, baseline, build
from html_dom import PageDom, directives, sources
from integration.command import repro


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return build(tmp_path_factory.mktemp("history") / "models")


@pytest.fixture(scope="module")
def site(made, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "public"
    done = repro(made.root, "history", "--html", str(folder))
    assert (0, "wrote 7 files") == (done.returncode, done.stdout[:13])
    return folder


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_there_is_an_index_and_a_page_and_a_badge_for_each_model(site):
    names = ("models-churn", "models-odd", "models-wine")
    pages = {f"models/{name}.html" for name in names} | {f"badges/{name}.svg" for name in names}
    assert {"index.html", "repro-site.txt", *pages} == set(contents(site))


def test_pages_need_no_script_and_load_nothing(site):
    for path in site.rglob("*.html"):
        text = path.read_text()
        allowed = directives(text)
        assert ["'none'"] == allowed["default-src"]
        assert sources(text, "style") == allowed["style-src"]
        assert "script-src" not in allowed
        dom = PageDom.of(text)
        assert [] == dom.attributes("style") + dom.attributes("src") + dom.misplaced
        assert {"script", "img", "iframe", "object"}.isdisjoint(dom.names)
        assert not [name for _, found in dom.elements for name in found if name.startswith("on")]
        ids = dom.attributes("id")
        assert len(ids) == len(set(ids))


def test_every_link_is_relative_and_leads_to_a_file_or_to_a_commit_of_the_repository(site):
    for path in site.rglob("*.html"):
        for link in PageDom.of(path.read_text()).attributes("href"):
            commit = re.fullmatch(r"https://github\.com/acme/models/commit/[0-9a-f]{40}", link)
            assert commit or link == "#content" or (path.parent / link).is_file(), link


def test_foreign_names_and_subjects_are_text(site):
    shown = EVIL.replace("\u202e", r"\u202e")
    assert shown in PageDom.of((site / "models" / "models-odd.html").read_text()).texts
    texts = PageDom.of((site / "models" / "models-wine.html").read_text()).texts
    assert any(shown in text for text in texts)
    assert not [path for path in site.rglob("*") if path.is_file() and "<script>" in path.read_text()]
    root = ET.fromstring((site / "badges" / "models-odd.svg").read_text())
    assert {"svg", "title", "rect", "path", "g", "text"} == {
        one.tag.rpartition("}")[2] for one in root.iter()
    }


def test_the_page_of_a_model_has_each_metric_as_a_drawing_and_each_baseline_with_what_it_changed(site):
    dom = PageDom.of((site / "models" / "models-wine.html").read_text())
    labels = dom.attributes("aria-label")
    assert "accuracy over 7 baselines: 0.91 to 0.965" in labels
    assert "band: what 20 seeds alone do, mean ± 2 standard deviations" in dom.texts
    assert 1 == dom.attributes("class").count("band")
    assert "accuracy 0.970 → 0.965, log_loss 0.030 → 0.035; out/model.joblib" in dom.texts
    assert any("is not valid JSON" in text for text in dom.texts)
    assert dom.headings[0] == 1
    assert all(after - before <= 1 for before, after in zip(dom.headings, dom.headings[1:], strict=False))


def test_the_same_commit_gives_the_same_site(made, site, tmp_path):
    repro(made.root, "history", "--html", str(tmp_path / "again"))
    assert contents(site) == contents(tmp_path / "again")


def test_a_folder_of_somebody_else_is_left_as_it_is(made, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    done = repro(made.root, "history", "--html", str(tmp_path))
    assert 2 == done.returncode
    assert "has files that are not those of a site" in done.stderr
    assert ["notes.txt"] == [path.name for path in tmp_path.iterdir()]


def test_nothing_is_written_through_a_link(made, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "site").symlink_to(tmp_path / "elsewhere")
    done = repro(made.root, "history", "--html", str(tmp_path / "site"))
    assert (2, []) == (done.returncode, list((tmp_path / "elsewhere").iterdir()))
    assert "is a symbolic link" in done.stderr


def test_the_page_and_the_badge_of_a_removed_model_go_and_other_files_stay(tmp_path):
    repository = HistoryRepository(tmp_path / "models")
    for name in ("a", "b"):
        repository.model(name, name)
        repository.accept(name, baseline(name, 0.5), name)
    repro(repository.root, "history", "--html", str(tmp_path / "site"))
    (tmp_path / "site" / "CNAME").write_text("models.example.org")
    repository.git("rm", "-r", "--quiet", "a")
    repository.commit("a is gone")
    done = repro(repository.root, "history", "--html", str(tmp_path / "site"))
    assert "2 removed" in done.stdout
    assert {"CNAME", "badges/b.svg", "index.html", "models/b.html", "repro-site.txt"} == set(
        contents(tmp_path / "site")
    )
