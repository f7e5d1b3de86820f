"""What looks like a dependence and is harmless has no place."""

import pytest

from repro_action.findings.source import places

INNOCENT = {
    "sorted set": ("hash-seed", "for w in sorted(set(words)):\n    save(w)"),
    "size of a set": ("hash-seed", "n = len(set(words))\nsave(n)"),
    "membership": (
        "hash-seed",
        "stop = {'a', 'the'}\nkept = [w for w in words if w not in stop]\nsave(kept)",
    ),
    "sorted later": ("hash-seed", "names = list(set(words))\nnames.sort()\nsave(names)"),
    "sorted where used": ("hash-seed", "names = {w for w in words}\nsave(sorted(names))"),
    "set of numbers": ("hash-seed", "for k in {1, 2, 3}:\n    save(k)"),
    "set of ints": ("hash-seed", "for k in {int(x) for x in xs}:\n    save(k)"),
    "set into a set": (
        "hash-seed",
        "seen = set()\nfor w in set(words):\n    seen.add(w.lower())\nn = len(seen)",
    ),
    "any of a set": ("hash-seed", "ok = any(w in text for w in {'a', 'b'})"),
    "ties broken by the element": ("hash-seed", "c = max(set(words), key=lambda w: (n[w], w))\nsave(c)"),
    "exact sum": ("hash-seed", "import math\ns = math.fsum(v[w] for w in set(words))\nsave(s)"),
    "counting": ("hash-seed", "n = 0\nfor w in set(words):\n    n += 1\nsave(n)"),
    "dict iterated": ("hash-seed", "for k in {'a': 1, 'b': 2}:\n    save(k)"),
    "hash method": ("hash-seed", "class A:\n    def __hash__(self):\n        return hash(self.name)\n"),
    "own hash": ("hash-seed", "def hash(x):\n    return len(x)\nsave(hash('a'))"),
    "seeded generator": ("again", "import numpy as np\nSEED = 3\nrng = np.random.default_rng(SEED)"),
    "seeded globally": (
        "again",
        "import numpy as np\nimport random\nnp.random.seed(0)\nrandom.seed(0)\nx = np.random.rand(3)\nrandom.shuffle(rows)",
    ),
    "estimator after the global seed": (
        "again",
        "import numpy as np\nfrom sklearn.ensemble import RandomForestClassifier\nnp.random.seed(1)\nm = RandomForestClassifier()",
    ),
    "random_state": (
        "again",
        "from sklearn.model_selection import train_test_split\na, b = train_test_split(X, y, random_state=0)",
    ),
    "folds in order": ("again", "from sklearn.model_selection import KFold\ncv = KFold(5)"),
    "a generator of torch has a seed from the start": (
        "again",
        "import torch\ng = torch.Generator()\nx = torch.rand(3, generator=g)\ng.manual_seed(7)\n",
    ),
    "torch seeded": ("again", "import torch\ntorch.manual_seed(0)\nx = torch.randn(3)"),
    "results by index": (
        "again",
        "from concurrent.futures import as_completed\nr = [None] * 3\nfor f in as_completed(fs):\n    r[fs[f]] = f.result()\nsave(r)",
    ),
    "results in order": ("again", "with ThreadPoolExecutor(2) as e:\n    r = list(e.map(f, xs))\nsave(r)"),
    "a generator for each task": (
        "again",
        "import numpy as np\ndef work(seed):\n    rng = np.random.default_rng(seed)\n    return rng.normal()\nwith ThreadPoolExecutor(2) as e:\n    r = [j.result() for j in [e.submit(work, seed) for seed in range(3)]]\nsave(r)",
    ),
    "counting under a lock": ("again", "with lock:\n    done += 1\n"),
    "sorted results": (
        "again",
        "from concurrent.futures import as_completed\nr = sorted(f.result() for f in as_completed(fs))",
    ),
    "sorted listing": ("file-order", "import os\nfor f in sorted(os.listdir('d')):\n    save(f)"),
    "listing sorted after": (
        "file-order",
        "import os\nfiles = os.listdir('d')\nfiles.sort()\nfor f in files:\n    save(f)",
    ),
    "filtered, then sorted": (
        "file-order",
        "import os\nfiles = [f for f in os.listdir('d') if f.endswith('.csv')]\nfor f in sorted(files):\n    save(f)",
    ),
    "collected, then sorted": (
        "file-order",
        "from pathlib import Path\nheld = []\nfor p in Path('d').rglob('*'):\n    if p.is_file():\n        held.append(p)\nfor p in sorted(held):\n    save(p)",
    ),
    "number of files": ("file-order", "import os\nn = len(os.listdir('d'))\nsave(n)"),
    "files removed": (
        "file-order",
        "from pathlib import Path\nfor p in Path('d').glob('*'):\n    p.unlink()",
    ),
    "sorted walk": (
        "file-order",
        "import os\nfor top, dirs, files in os.walk('d'):\n    dirs.sort()\n    for f in sorted(files):\n        save(f)",
    ),
    "listing sorted by its callers": (
        "file-order",
        "import os\ndef files():\n    return os.listdir('d')\nfor f in sorted(files()):\n    save(f)",
    ),
    "gzip with a time": ("time", "import gzip\nf = gzip.GzipFile('a', 'wb', mtime=0)"),
    "gzip read": ("time", "import gzip\nf = gzip.open('a.gz')"),
    "zip with a time": (
        "time",
        "import zipfile\nz = zipfile.ZipFile('a', 'w')\ni = zipfile.ZipInfo('n')\nz.writestr(i, 'x')",
    ),
    "zoned time": (
        "timezone",
        "from datetime import datetime, timezone\nt = datetime.fromtimestamp(0, tz=timezone.utc)\nsave(t)",
    ),
    "project root": (
        "build-path",
        "from pathlib import Path\nROOT = Path(__file__).resolve().parent\nrows = open(ROOT / 'a.csv').read()",
    ),
    "path on sys.path": ("build-path", "import sys, os\nsys.path.insert(0, os.path.dirname(__file__))"),
    "one job": ("threads", "m = KMeans(n_jobs=1)"),
    "variable set": ("environment", "import os\nos.environ['A'] = '1'"),
    "encoding named": ("locale", "rows = open('a.txt', encoding='utf-8').read()"),
    "bytes": ("locale", "rows = open('a.bin', 'rb').read()"),
    "stable argsort": ("numpy-dispatch", "import numpy as np\ntop = np.argsort(counts, kind='stable')"),
}


@pytest.mark.parametrize("name", INNOCENT)
def test_what_is_harmless_has_no_place(name):
    variation, text = INNOCENT[name]
    assert () == places((variation,), {"train.py": text}, (), None)
