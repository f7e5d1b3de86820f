"""The page of a run shows what its files are, before and after."""

import re
from functools import partial

import pytest
from html_dom import PageDom
from integration import command

repro = partial(command.repro, COLUMNS="80")

TRAIN = """
import numpy as np
from PIL import Image

size = int(open("size.txt").read())
np.save("coef.npy", np.arange(12.0) * size)
np.save("many.npy", np.linspace(0, size, 5000))
np.save("confusion.npy", np.array([[5, size], [0, 7]]))
Image.fromarray(np.full((16, 24), size, np.uint8)).save("plot.png")
"""

CONFIG = """
version = 1
name = "shown"

[[steps]]
name = "train"
run = ["python", "train.py"]
inputs = ["train.py", "size.txt"]
outputs = ["coef.npy", "many.npy", "confusion.npy", "plot.png"]
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "size.txt").write_text("1")
    (tmp_path / "repro.toml").write_text(CONFIG)
    assert 3 == repro(tmp_path, "verify", "-q", "--no-repeat").returncode
    assert 0 == repro(tmp_path, "accept").returncode
    (tmp_path / "size.txt").write_text("2")
    assert 1 == repro(tmp_path, "verify", "-q", "--no-repeat").returncode
    return tmp_path


def page_of(project):
    done = repro(project, "report", "--html", "page.html")
    assert (0, "") == (done.returncode, done.stderr)
    return (project / "page.html").read_text(encoding="utf-8")


def test_arrays_pictures_and_matrices_are_drawn_before_and_after(project):
    page = page_of(project)
    dom = PageDom.of(page)
    names = " ".join(dom.attributes("aria-label"))
    assert "Values of coef.npy by index" in names
    assert "Histogram of 5000 values of many.npy" in names
    assert ["before", "after", "difference"] == re.findall(r"<figcaption>(\w+)</figcaption>", page)
    assert "384 of 384 pixels differ" in page
    (matrix,) = re.findall(r'<table class="matrix">.*?</table>', page, re.DOTALL)
    assert ["+1"] == re.findall(r"<small>([^<]+)</small>", matrix)
    assert "Lineage: 1 step (train)" in names
    assert "Run card of" in page


def test_a_file_that_is_no_longer_what_the_run_made_is_not_drawn(project):
    (project / "coef.npy").write_bytes(b"something else")
    assert "Values of coef.npy" not in page_of(project)
