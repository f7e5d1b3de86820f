"""Where a value stands in a baseline's text."""

from factories import make_fingerprint, make_product
from work import counted

from repro_action.baseline import Baseline
from repro_action.codec.baseline import dump
from repro_action.report.render.locations import BaselineLines

TEXT = dump(Baseline(name="m").accept(make_fingerprint(products={"out/a: b.bin": make_product({})})))


def test_a_value_is_found_at_its_own_line_and_an_unknown_one_at_its_parents():
    lines, value = BaselineLines.of(TEXT), TEXT.splitlines()
    (platform,) = [key for key in ("x86_64-v3",) if f'"{key}"' in TEXT]
    found = lines.find("platforms", platform, "products", "out/a: b.bin")
    assert '"out/a: b.bin"' in value[found - 1]
    assert found == lines.find("platforms", platform, "products", "out/a: b.bin", "nothing")
    assert 1 == lines.find("nowhere")


def test_a_hostile_line_costs_no_more_than_its_length():
    blanks = '"a":' + " " * 2_000_000 + "x" * 10
    with counted() as work:
        BaselineLines.of(f"{{\n{blanks}\n" + " " * 2_000_000 + '"\n}')
    assert work.calls < 1_000
    assert work.cpu < 10  # 0.01 as measured; what grows with the square of the length takes hours
