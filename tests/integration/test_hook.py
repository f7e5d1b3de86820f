# SPDX-License-Identifier: Apache-2.0
"""The hook inside real interpreters: seeds, reports, children, and no trace of itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from repro_action.config.model import Config
from repro_action.determinism.attach import HOOK, hook_variables
from repro_action.determinism.judge import KnobOutcome, judge
from repro_action.determinism.libraries.python import text_hash
from repro_action.determinism.profile import expectations, variables
from repro_action.determinism.read import HookReport, merge, read_reports
from repro_action.environments import backend_for
from repro_action.interpreter.environment import Environment

TRAIN = """
import random
import numpy as np
import helper
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
X, y = load_wine(return_X_y=True)
model = LogisticRegression(max_iter=5000).fit((X - X.mean(0)) / X.std(0), y)
print(random.random(), np.random.rand(), model.coef_.tobytes().hex(), hash("text"))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "helper.py").write_text("")
    return root


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> Environment:
    root = tmp_path_factory.mktemp("config")
    config = Config(root=root, path=root / "repro.toml", name="m")
    found = backend_for(config, {"REPRO_CACHE_DIR": str(root), "PATH": os.environ["PATH"]}).peek(config)
    assert found is not None
    return found


def run(project, environment, code, *options, profile="native", seed=42, **extra):
    """Run `code` as a script under a profile and the hook; return the process and its reports."""
    script = project / "train.py"
    script.write_text(code)
    folder = project.parent / f"reports-{time.monotonic_ns()}"
    folder.mkdir()
    environ = {
        **environment.variables,
        "PYTHONHASHSEED": "1",
        **variables(profile, seed=seed, threads=1, environment=environment),
        **hook_variables(folder=folder, root=project, seed=seed, pythonpath=extra.pop("pythonpath", "")),
        **extra,
    }
    command = [environment.python, *options, script]
    done = subprocess.run(
        command, env=environ, cwd=project.parent, capture_output=True, text=True, check=False
    )
    return done, read_reports(folder)


def test_a_training_under_the_portable_profile_keeps_every_promise(project, environment):
    runs = [run(project, environment, TRAIN, profile="portable") for _ in range(2)]
    (first, reports), (second, _) = runs
    assert ("", 0) == (first.stderr, first.returncode)
    assert first.stdout == second.stdout
    expected = expectations("portable", seed=42, threads=1, environment=environment)
    judgement = judge(reports, expected)
    assert () == judgement.warnings
    confirmed = {name for name, seen in judgement.outcomes.items() if seen is KnobOutcome.CONFIRMED}
    assert confirmed >= {
        *("OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "NPY_ENABLE_CPU_FEATURES", "OMP_NUM_THREADS"),
        *("OMP_DYNAMIC", "LOKY_MAX_CPU_COUNT", "PYTHONHASHSEED", "TZ", "LC_ALL"),
    }
    (report,) = reports
    assert {"openblas", "openmp"} == {library.api for library in report.libraries}
    assert ("random", "numpy") == report.seeded
    assert (("helper.py", "train.py"), "train.py") == (report.project, report.main)
    assert {"numpy", "sklearn", "scipy"} <= set(report.modules)


def test_a_profile_that_a_step_undoes_is_reported(project, environment):
    _, reports = run(
        project,
        environment,
        TRAIN,
        profile="portable",
        OPENBLAS_CORETYPE="NoSuchCore",
        NPY_ENABLE_CPU_FEATURES="x",
    )
    expected = expectations("portable", seed=42, threads=1, environment=environment)
    found = {warning.knob for warning in judge(reports, expected).warnings}
    assert "NPY_ENABLE_CPU_FEATURES" in found


def test_the_libraries_are_described_as_threadpoolctl_describes_them(project, environment):
    code = (
        "import sklearn.linear_model, threadpoolctl, json\n"
        "print(json.dumps([[i['internal_api'], i.get('architecture', ''), i['num_threads']]"
        " for i in threadpoolctl.threadpool_info()]))"
    )
    done, (report,) = run(project, environment, code)
    ours = [[library.api, library.architecture, library.threads] for library in report.libraries]
    assert sorted(json.loads(done.stdout)) == sorted(ours)


def test_seeds_come_from_the_run_and_differ_between_seeds(project, environment):
    code = "import random, numpy as np; print(random.random(), np.random.rand())"
    done, _ = run(project, environment, code)
    assert "0.6394267984578837 0.3745401188473625\n" == done.stdout
    other, _ = run(project, environment, code, seed=7)
    assert done.stdout != other.stdout


def test_the_users_own_seed_wins(project, environment):
    code = "import random, numpy; random.seed(7); numpy.random.seed(7); import numpy.random\nprint(random.random())"
    done, _ = run(project, environment, code)
    assert "0.32383276483316237\n" == done.stdout


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_children_are_seeded_and_report(project, environment, method):
    code = f"""
import multiprocessing, random
def work(queue):
    import helper
    queue.put(random.random())
if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    queue = context.Queue()
    for _ in range(2):
        child = context.Process(target=work, args=(queue,))
        child.start()
        print(queue.get())
        child.join()
"""
    first, reports = run(project, environment, code)
    second, _ = run(project, environment, code)
    assert "" == first.stderr
    assert first.stdout == second.stdout
    assert 2 == len(set(first.stdout.splitlines()))
    reporting = [report for report in reports if "helper.py" in report.project]
    assert 2 == len(reporting)
    assert () == merge(reports).errors


def test_forked_children_draw_different_numbers(project, environment):
    code = """
import os, random
for _ in range(2):
    if os.fork() == 0:
        print(random.random(), flush=True)
        os._exit(0)
    os.wait()
"""
    first, _ = run(project, environment, code)
    second, _ = run(project, environment, code)
    assert first.stdout == second.stdout
    assert 2 == len(set(first.stdout.splitlines()))


@pytest.mark.parametrize("module", ["random", "numpy.random"])
def test_workers_do_not_all_draw_the_same_numbers(project, environment, module):
    code = f"""
from multiprocessing import get_context
from {module} import random, seed
def draw(queue):
    queue.put(random())
def main(expected):
    context, drawn = get_context("spawn"), set()
    for _ in range(2):
        queue = context.Queue()
        child = context.Process(target=draw, args=(queue,))
        child.start()
        drawn.add(queue.get())
        child.join()
    print(len(drawn) == expected)
"""
    done, _ = run(project, environment, code + "if __name__ == '__main__':\n    main(2)\n")
    assert ("True\n", "") == (done.stdout, done.stderr)
    # A worker that seeds while it is imported keeps its own seed.
    done, _ = run(project, environment, code + "seed(7)\nif __name__ == '__main__':\n    main(1)\n")
    assert ("True\n", "") == (done.stdout, done.stderr)


def test_workers_of_joblib_do_not_all_draw_the_same_numbers(project, environment):
    (project / "work.py").write_text(
        "import random, time\ndef draw(number):\n    time.sleep(0.3)\n    return random.random()\n"
    )
    code = """
from joblib import Parallel, delayed
from work import draw
if __name__ == "__main__":
    print(len(set(Parallel(n_jobs=2)(delayed(draw)(number) for number in range(2)))))
"""
    done, _ = run(project, environment, code, pythonpath=str(project), LOKY_MAX_CPU_COUNT="2")
    assert ("2\n", "") == (done.stdout, done.stderr)


def test_python_started_by_the_program_is_hooked_too(project, environment):
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import helper'], cwd={!r})"
    _, reports = run(project, environment, code.format(str(project)))
    assert 2 == len(reports)


@pytest.mark.parametrize("option", ["-I", "-S", "-E"])
def test_an_interpreter_that_shuts_the_hook_out_leaves_no_report(project, environment, option):
    done, reports = run(project, environment, "print(1)", option)
    assert ("1\n", ()) == (done.stdout, reports)


def test_the_program_sees_no_trace_on_its_path(project, environment):
    done, _ = run(project, environment, "import sys; print(sys.path)")
    assert str(HOOK) not in done.stdout


def test_the_steps_own_pythonpath_still_counts(project, environment):
    own = project / "own"
    own.mkdir()
    (own / "mine.py").write_text("print('mine')")
    done, (report,) = run(project, environment, "import mine", pythonpath=str(own))
    assert "mine\n" == done.stdout
    assert "own/mine.py" in report.project


def test_another_sitecustomize_still_runs_as_itself(project, environment):
    own = project / "own"
    own.mkdir()
    (own / "sitecustomize.py").write_text("VALUE = 7")
    done, reports = run(
        project, environment, "import sitecustomize; print(sitecustomize.VALUE)", pythonpath=str(own)
    )
    assert "7\n" == done.stdout
    assert 1 == len(reports)


def test_a_failing_seed_is_reported_and_does_not_stop_the_program(project, environment):
    (project / "torch.py").write_text("def manual_seed(seed):\n    raise OSError('no such device')\n")
    done, (report,) = run(project, environment, "import torch; print('on')")
    assert ("on\n", "") == (done.stdout, done.stderr)
    assert ("torch: OSError: no such device",) == report.errors


def test_an_import_that_fails_fails_as_always_and_may_be_tried_again(project, environment):
    (project / "torch.py").write_text("raise ImportError('half installed')\n")
    code = "for _ in range(2):\n    try:\n        import torch\n    except ImportError as error:\n        print(error)"
    done, (report,) = run(project, environment, code)
    assert "half installed\nhalf installed\n" == done.stdout
    assert () == report.errors


def test_a_module_keeps_its_own_loader(project, environment):
    code = (
        "import random, inspect, importlib; print(type(random.__loader__).__name__, 'exec_module' in vars(random.__loader__))\n"
        "importlib.reload(random); print(len(inspect.getsource(random)) > 1000)"
    )
    done, _ = run(project, environment, code)
    assert "SourceFileLoader False\nTrue\n" == done.stdout


def test_without_a_place_for_reports_the_program_runs_all_the_same(project, environment):
    done, _ = run(
        project, environment, "import random; print(random.random())", REPRO_HOOK_DIR="/nonexistent/x"
    )
    assert ("0.6394267984578837\n", "") == (done.stdout, done.stderr)


def test_without_a_seed_nothing_is_seeded(project, environment):
    done, (report,) = run(project, environment, "import random; print(random.random())", REPRO_SEED="")
    assert "0.6394267984578837\n" != done.stdout
    assert () == report.seeded


def test_exit_status_and_late_output_stay_the_programs_own(project, environment):
    code = "import atexit, sys; atexit.register(lambda: print('late')); sys.exit(3)"
    done, reports = run(project, environment, code)
    assert (3, "late\n", "") == (done.returncode, done.stdout, done.stderr)
    assert isinstance(reports[0], HookReport)


def test_a_venv_inside_the_project_is_no_code_of_the_project(project, environment):
    site = project / ".venv/lib/python3.11/site-packages"
    site.mkdir(parents=True)
    (site / "vendored.py").write_text("")
    _, (report,) = run(project, environment, "import vendored", pythonpath=str(site))
    assert ("train.py",) == report.project
    assert "vendored" in report.modules


@pytest.mark.parametrize("seed", [0, 1, 42, 2**32 - 1])
def test_the_hash_of_a_seed_is_that_of_the_interpreter(seed):
    rounds = {"siphash13": (1, 3), "siphash24": (2, 4)}[sys.hash_info.algorithm]
    done = subprocess.run(
        [sys.executable, "-S", "-c", "print(hash('repro'))"],
        env={"PYTHONHASHSEED": str(seed)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(text_hash(b"repro", seed, *rounds)) == done.stdout.strip()
