"""Which material is suspected, and which is ruled out."""

from factories import make_fingerprint, make_leaf, make_product

from repro_action.compare.judge import compare
from repro_action.compare.materials import MaterialDifference, Presence
from repro_action.findings.edits import FileEdit
from repro_action.findings.suspects import first_step, rank
from repro_action.fingerprint import MaterialKind


def changed(kind, name, before=1, after=2, **more):
    values = {"presence": Presence.CHANGED, **more}
    return MaterialDifference(kind=kind, name=name, before=before, after=after, **values)


PREPARE = changed(MaterialKind.CODE, "prepare.py", "blake3:" + "0" * 64, "blake3:" + "1" * 64)
EVALUATE = changed(MaterialKind.CODE, "evaluate.py", "blake3:" + "0" * 64, "blake3:" + "1" * 64)
NUMPY = changed(MaterialKind.PACKAGES, "numpy", "2.4.4 record:aa", "2.4.6 record:bb")
PYTEST = changed(MaterialKind.PACKAGES, "pytest", "8.0 record:aa", "9.0 record:bb")


def ranked(*found, consumed=(), imported=()):
    return rank(found, consumed=consumed, imported=imported, edits={})


def test_what_the_first_differing_step_consumes_comes_first():
    suspects = ranked(PREPARE, EVALUATE, consumed={(MaterialKind.CODE, "prepare.py")})
    assert [("prepare.py", True), ("evaluate.py", False)] == [(one.name, one.direct) for one in suspects]


def test_a_package_that_no_step_imported_is_ruled_out():
    assert [True, False] == [one.direct for one in ranked(PYTEST, NUMPY, imported={"numpy"})]


def test_nothing_is_ruled_out_when_nothing_is_known():
    assert [True, True] == [one.direct for one in ranked(PREPARE, PYTEST)]


def test_kinds_are_suspected_in_order():
    seed = changed(MaterialKind.SEED, "seed")
    assert ["prepare.py", "seed", "numpy"] == [one.name for one in ranked(NUMPY, seed, PREPARE)]


def test_a_program_with_other_comments_stands_behind_what_can_change_a_result():
    lasso = changed(MaterialKind.PARAMS, "params.toml: C", 1.0, 0.5)
    edits = {(MaterialKind.CODE, "prepare.py"): FileEdit(text="only comments changed", same_program=True)}
    found = rank([PREPARE, lasso, EVALUATE], consumed=(), imported=(), edits=edits)
    assert ["evaluate.py", "params.toml: C", "prepare.py"] == [one.name for one in found]


def test_lines_read_like_the_change():
    lines = {
        one.text
        for one in rank(
            [
                NUMPY,
                changed(MaterialKind.PARAMS, "params.toml: C", 1.0, 0.5),
                changed(MaterialKind.PARAMS, "params.toml: depth", None, 3, presence=Presence.ADDED),
                changed(MaterialKind.PACKAGES, "scipy", "1.17 record:aa", "1.17 record:bb"),
                changed(MaterialKind.DATA, "data/train.csv"),
            ],
            consumed=(),
            imported=(),
            edits={(MaterialKind.DATA, "data/train.csv"): FileEdit(text="+120 rows")},
        )
    }
    assert {
        "numpy 2.4.4 → 2.4.6",
        "params.toml: C 1.0 → 0.5",
        "params.toml: depth 3 added",
        "scipy 1.17: another build",
        "data/train.csv: +120 rows",
    } == lines


def test_the_first_step_in_running_order_is_named():
    before = make_fingerprint(products={"a": make_product(step="late"), "b": make_product(step="early")})
    other = {"coef_": make_leaf("y")}
    after = make_fingerprint(
        products={"a": make_product(other, step="late"), "b": make_product(other, step="early")}
    )
    assert first_step(compare(before, after), ("early", "late"), {}) == "early"


def test_a_metric_points_at_the_step_that_writes_it():
    after = make_fingerprint(metrics={"out/metrics.json": {"accuracy": 0.8}})
    difference = compare(make_fingerprint(), after)
    assert first_step(difference, ("train", "evaluate"), {"out/metrics.json": "evaluate"}) == "evaluate"
