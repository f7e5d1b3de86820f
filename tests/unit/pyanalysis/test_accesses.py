# SPDX-License-Identifier: Apache-2.0
"""Which paths the source tells, and which it does not."""

from __future__ import annotations

from textwrap import dedent

import pytest

from repro_action.pyanalysis.accesses import accesses
from repro_action.pyanalysis.link import link
from repro_action.pyanalysis.module import SourceModule
from repro_action.pyanalysis.parse import read_module
from repro_action.pyanalysis.path_values import PathEvaluator


def seen(code: str, **arguments: str) -> set[tuple[str, str]]:
    """Return (mode, path) of what a script accesses; a folder's path ends with a slash."""

    def read(path: str, entry: bool) -> SourceModule | None:
        return read_module(path, dedent(code), entry=entry) if path == "src/train.py" else None

    program = link("src/train.py", read, lambda _: False)
    assert program is not None
    result = accesses(PathEvaluator(program=program, arguments=arguments))
    return {(item.mode, item.path + "/" * item.folder) for item in result}


@pytest.mark.parametrize(
    ("expression", "path"),
    [
        ("'a/b.csv'", "a/b.csv"),
        ("Path('a') / 'b' / 'c.csv'", "a/b/c.csv"),
        ("Path('a', 'b.csv')", "a/b.csv"),
        ("os.path.join('a', 'b.csv')", "a/b.csv"),
        ("Path('a').joinpath('b.csv')", "a/b.csv"),
        ("str(Path('a/b.csv').resolve())", "a/b.csv"),
        ("Path(__file__).parent / 'x.csv'", "src/x.csv"),
        ("Path(__file__).resolve().parent.parent / 'x.csv'", "x.csv"),
        ("os.path.join(os.path.dirname(os.path.abspath(__file__)), 'x.csv')", "src/x.csv"),
        ("Path.cwd() / 'x.csv'", "x.csv"),
        ("'a/' + 'b' + '.csv'", "a/b.csv"),
        ("f'{BASE}/x.csv'", "base/x.csv"),
        ("BASE + '/x.csv'", "base/x.csv"),
        ("FILES['train']", "base/train.csv"),
        ("Path('a/b.txt').with_suffix('.csv')", "a/b.csv"),
        ("Path('a/b.txt').with_name('c.csv')", "a/c.csv"),
        ("os.environ.get('DATA', 'x.csv')", "x.csv"),
        ("place()", "base/made.csv"),
        ("f'out/{unknown}.csv'", "out/"),
        ("'out/%s.csv' % unknown", "out/"),
        ("'out/{}.csv'.format(unknown)", "out/"),
        ("'out/{}.csv'.format(1)", "out/1.csv"),
        ("'{}/fold_{n:02d}.csv'.format(BASE, n=3)", "base/fold_03.csv"),
        ("f'out/fold_{3:02d}.csv'", "out/fold_03.csv"),
        ("'%s/part-%03d.csv' % (BASE, 7)", "base/part-007.csv"),
        ("'%(base)s/100%%.csv' % {'base': BASE}", "base/100%.csv"),
        ("'out/{!r}.csv'.format(BASE)", "out/"),
        ("'out/{broken'.format(1)", "/"),
        ("Path(__file__).resolve().parents[1] / 'data' / 'x.csv'", "data/x.csv"),
        ("Path(__file__).parents[0] / 'x.csv'", "src/x.csv"),
        ("Path(__file__).parents[4] / 'x.csv'", "/"),
        ("'/'.join([BASE, 'x.csv'])", "base/x.csv"),
        ("os.path.join('out', unknown)", "out/"),
        ("unknown", "/"),
        ("Path(__file__).parent.parent.parent / 'x.csv'", "/"),
    ],
)
def test_path_expressions(expression: str, path: str) -> None:
    code = f"""
        import os
        from pathlib import Path
        import pandas as pd
        BASE = "base"
        FILES = {{"train": BASE + "/train.csv", "test": "t.csv"}}
        def place():
            return os.path.join(BASE, "made.csv")
        pd.read_csv({expression})
    """
    assert {("read", path)} == seen(code)


@pytest.mark.parametrize(
    ("call", "mode", "path"),
    [
        ("joblib.dump(m, 'm.joblib')", "write", "m.joblib"),
        ("dump(m, filename='m.joblib')", "write", "m.joblib"),
        ("pickle.dump(m, open('m.pkl', 'wb'))", "write", "m.pkl"),
        ("torch.save(m.state_dict(), 'm.pt')", "write", "m.pt"),
        ("model.save('m.keras')", "write", "m.keras"),
        ("model.save_model('m.ubj')", "write", "m.ubj"),
        ("np.save('a', x)", "write", "a.npy"),
        ("np.save('a.npy', x)", "write", "a.npy"),
        ("np.savez('a', x=x)", "write", "a.npz"),
        ("df.to_csv('a.csv', index=False)", "write", "a.csv"),
        ("df.to_csv(path_or_buf='a.csv')", "write", "a.csv"),
        ("fig.savefig('a.png')", "write", "a.png"),
        ("save_file(t, 'a.safetensors')", "write", "a.safetensors"),
        ("open('a', mode='a')", "write", "a"),
        ("Path('a').open('w')", "write", "a"),
        ("Path('a').write_text('')", "write", "a"),
        ("gzip.open('a.gz', 'wb')", "write", "a.gz"),
        ("h5py.File('a.h5', 'w')", "write", "a.h5"),
        ("np.load('a.npy')", "read", "a.npy"),
        ("joblib.load('a')", "read", "a"),
        ("open('a')", "read", "a"),
        ("Path('a').open()", "read", "a"),
        ("Path('a').read_bytes()", "read", "a"),
        ("Path('a').glob('*.png')", "read", "a"),
        ("os.listdir('a')", "read", "a"),
        ("pd.read_parquet(path='a')", "read", "a"),
        ("json.load(open('a.json'))", "read", "a.json"),
    ],
)
def test_calls(call: str, mode: str, path: str) -> None:
    assert {(mode, path)} == seen(call)


@pytest.mark.parametrize(
    ("expression", "folder"),
    [
        ("glob.glob('data/*.csv')", "data"),
        ("glob.iglob('data/*.csv')", "data"),
        ("g.glob('./data/*.csv')", "data"),
        ("found('data/*.csv')", "data"),
        ("glob.glob(pathname='data/*.csv')", "data"),
        ("glob.glob('data/raw/**/*.csv', recursive=True)", "data/raw"),
        ("glob.glob(os.path.join('data', '*.csv'))", "data"),
        ("glob.glob(f'{FOLDER}/*.csv')", "data"),
        ("glob.glob(str(Path('data') / '*.csv'))", "data"),
        ("glob.glob('part-[0-9]/*.csv')", "."),
        ("glob.glob('*.csv', root_dir='data')", "data"),
        ("glob.glob(f'data/{unknown}/*.csv')", "data/"),
        ("glob.glob(unknown)", "/"),
        ("Path('data').glob('*.csv')", "data"),
        ("Path().glob('data/*.csv')", "data"),
        ("Path('data').glob(unknown)", "data"),
        ("Path('data').rglob('*.csv')", "data"),
    ],
)
def test_a_pattern_stands_for_its_folder_whoever_expands_it(expression: str, folder: str) -> None:
    head = "import glob, os\nimport glob as g\nfrom glob import glob as found\nFOLDER = 'data'\n"
    assert {("read", folder)} == seen(f"{head}{expression}\n")


@pytest.mark.parametrize(
    "listed",
    [
        "glob.glob('data/*.csv')",
        "sorted(glob.glob('data/*.csv'), reverse=True)",
        "list(Path('data').glob('*.csv'))",
        "Path('data').iterdir()",
        "FILES",
    ],
)
def test_what_a_folder_lists_lies_in_it(listed: str) -> None:
    code = f"import glob\nFILES = glob.glob('data/*.csv')\nfor path in {listed}:\n    read_csv(path)\n"
    assert ("read", "data/") in seen(code)
    assert ("read", "/") not in seen(code)


def test_names_of_what_a_folder_lists_tell_nothing_of_it() -> None:
    code = "for path in Path('data').glob('*.csv'):\n    df.to_csv(Path('out') / path.name)\n"
    assert {("read", "data"), ("write", "out/")} == seen(code)


@pytest.mark.parametrize("code", ["a = b\nb = a\nfor x in a: open(x)", "a = sorted(a)\nfor x in a: open(x)"])
def test_listings_that_go_round_in_circles_end(code: str) -> None:
    assert {("read", "/")} == seen(code)


def test_parameters_stand_for_what_they_are_called_with() -> None:
    code = """
        def save(frame, name, folder="out"):
            frame.to_csv(f"{folder}/{name}.csv")
        save(1, "a")
        save(1, name="b", folder="else")
    """
    assert {("write", "out/a.csv"), ("write", "else/b.csv")} <= seen(code)


def test_functions_that_nothing_mentions_do_not_count() -> None:
    assert {("write", "b")} == seen("def f():\n    open('a', 'w')\ndef g():\n    open('b', 'w')\ng()\n")


def test_arguments_of_the_command_line_win_over_defaults() -> None:
    code = """
        parser.add_argument("--data", default="a.csv")
        args = parser.parse_args()
        open(args.data)
    """
    assert {("read", "a.csv")} == seen(code)
    assert {("read", "b.csv")} == seen(code, data="b.csv")


def test_command_line_libraries_are_understood() -> None:
    code = """
        @click.command()
        @click.option("--model-file", default="m.bin")
        def main(model_file, data: str = typer.Option("d.csv")):
            open(data)
            open(model_file, "w")
        main()
    """
    assert {("read", "d.csv"), ("write", "m.bin")} == seen(code)


@pytest.mark.parametrize(
    "code",
    [
        "a = b\nb = a\nopen(a)",
        "def f(x):\n    return f(x + '/a')\nopen(f('b'))",
        "x = 'a'\n" + "x = x + x\n" * 50 + "open(x)",
        "open(" + " + ".join(["'a'"] * 400) + ")",
        "open(*args, **kwargs)\nopen()\nnp.save()\ndump(*x)\nopen(1)\nopen(b'x')",
        *(
            f"{line}\n" * 50 + "for y in x: open(y)"
            for line in ("x = x", "x = sorted(x)", "x = glob.glob(x)")
        ),
        "for x in x: open(x)\nfor y in [y]: open(y)",
    ],
)
def test_odd_code_ends(code: str) -> None:
    assert len(seen(code)) <= 16


@pytest.mark.parametrize(
    ("call", "path"),
    [
        ("lgb.Dataset('train.csv')", "train.csv"),
        ("xgb.DMatrix('data/train.txt?format=libsvm')", "data/train.txt"),
        ("booster.dump_model('dump.txt', fmap='featmap.txt')", "featmap.txt"),
        ("lgb.Booster(model_file='model.txt')", "model.txt"),
        ("configparser.ConfigParser().read('settings.ini')", "settings.ini"),
        ("datasets.load_dataset('csv', data_files='rows.csv')", "rows.csv"),
    ],
)
def test_what_a_library_opens_by_itself_is_a_read(call: str, path: str) -> None:
    code = f"import configparser, datasets\nimport lightgbm as lgb\nimport xgboost as xgb\n{call}\n"
    assert ("read", path) in seen(code)


@pytest.mark.parametrize("call", ["lgb.Dataset(frame)", "xgb.DMatrix(frame, label=y)", "file.read(10)"])
def test_what_takes_a_table_as_well_reads_no_unknown_file(call: str) -> None:
    assert set() == seen(f"import lightgbm as lgb\nimport xgboost as xgb\n{call}\n")


def test_the_projects_own_function_by_the_name_of_a_librarys_is_looked_into() -> None:
    code = """
        import joblib
        def save_model(model):
            joblib.dump(model, "model.joblib")
        save_model(1)
    """
    assert {("write", "model.joblib")} == seen(code)


@pytest.mark.parametrize(
    ("call", "path"),
    [
        ("pd.read_csv('https://example.org/rows.csv')", ""),
        ("urlretrieve('https://example.org/rows.csv', 'data/rows.csv')", "data/rows.csv"),
        ("requests.get('https://example.org/rows.csv')", ""),
    ],
)
def test_an_address_is_no_file_of_the_project(call: str, path: str) -> None:
    code = f"import pandas as pd\nimport requests\nfrom urllib.request import urlretrieve\n{call}\n"
    module = read_module("src/train.py", code, entry=True)
    assert module is not None
    program = link("src/train.py", lambda *_: module, lambda _: False)
    assert program is not None
    found = list(accesses(PathEvaluator(program=program)))
    assert [("https://example.org/rows.csv", path)] == [(item.url, item.path) for item in found]


def test_a_value_of_a_table_of_settings_is_a_path() -> None:
    code = (
        "import joblib, yaml\ncfg = yaml.safe_load(open('c.yaml'))\njoblib.dump(1, cfg['artifact']['path'])\n"
    )
    module = read_module("src/train.py", code, entry=True)
    assert module is not None
    program = link("src/train.py", lambda *_: module, lambda _: False)
    assert program is not None
    evaluator = PathEvaluator(program=program, settings={"artifact.path": "models/m.joblib"})
    assert "models/m.joblib" in {item.path for item in accesses(evaluator)}
