"""Each pattern of a dependence is found at its line."""

import pytest

from repro_action.findings.source import places

HERE = "# here"

GUILTY = {
    "set in a for loop": (
        "hash-seed",
        "out = []\nfor w in set(words):  # here\n    out.append(w)\nsave(out)",
    ),
    "list of a set": ("hash-seed", "vocabulary = list(set(words))  # here\nsave(vocabulary)"),
    "set iterated into an index": (
        "hash-seed",
        "tokens = {w for d in docs for w in d.split()}\nindex = {w: i for i, w in enumerate(tokens)}  # here\nsave(index)",
    ),
    "columns without the target": (
        "hash-seed",
        "def features(df):\n    return list(set(df.columns) - {'y'})  # here\n",
    ),
    "set of literals later in the scope": (
        "hash-seed",
        "names = {'a', 'b', 'c'}\n\nX = df[[n for n in names]]  # here\nsave(X)",
    ),
    "union": ("hash-seed", "a = set(x)\nb = a.union(y)\nfor n in b:  # here\n    model.partial_fit(n)"),
    "intersection operator": (
        "hash-seed",
        "a, b = set(x), set(y)\nrows = [load(k) for k in a & b]  # here\nsave(rows)",
    ),
    "keys in common": (
        "hash-seed",
        "for k in a.keys() & b.keys():  # here\n    total += a[k] * b[k]\nsave(total)",
    ),
    "float sum over a set": ("hash-seed", "held = frozenset(words)\nscore = sum(w[x] for x in held)  # here"),
    "joined set": ("hash-seed", "text = ','.join({t.lower() for t in tags})  # here\nsave(text)"),
    "dict from a set": ("hash-seed", "d = dict.fromkeys(set(words), 0)  # here\nsave(d)"),
    "set pop": ("hash-seed", "s = set(words)\nfirst = s.pop()  # here\nsave(first)"),
    "set returned by a function": (
        "hash-seed",
        "def vocabulary(docs):\n    return {w for d in docs for w in d}\n\nfor w in vocabulary(docs):  # here\n    f.write(w)",
    ),
    "set as a parameter": (
        "hash-seed",
        "def encode(names: set[str]):\n    return [len(n) * k for k, n in enumerate(names)]  # here\n",
    ),
    "set given by a caller": (
        "hash-seed",
        "def encode(names):\n    return [f(n) for n in names]  # here\nsave(encode(set(words)))",
    ),
    "set attribute": (
        "hash-seed",
        "class A:\n    def __init__(self):\n        self.seen = set()\n    def dump(self):\n        return list(self.seen)  # here\n",
    ),
    "sets in a dictionary": (
        "hash-seed",
        "groups = defaultdict(set)\nfor k, members in groups.items():\n    for m in members:  # here\n        f.write(m)",
    ),
    "unpacked set": ("hash-seed", "cols = [*set(names), 'y']  # here\nsave(cols)"),
    "set of stars": ("hash-seed", "fold = {g: i for i, g in enumerate({*groups})}  # here\nsave(fold)"),
    "ties between elements of a set": (
        "hash-seed",
        "common = max(set(words), key=words.count)  # here\nsave(common)",
    ),
    "set attribute of another object": (
        "hash-seed",
        "class Node:\n    def __init__(self):\n        self.near = set()\n\ndef total(node):\n    t = 0.0\n    for n in node.near:  # here\n        t += n.value\n    return t\n",
    ),
    "hash of a text": ("hash-seed", "def bucket(text):\n    return hash(text) % 64  # here\n"),
    "hash as a seed": ("hash-seed", "rng = np.random.default_rng(abs(hash(name)))  # here"),
    "sets written as lists": ("hash-seed", "import json\njson.dump(d, f, default=list)  # here"),
    "default_rng": (
        "again",
        "import numpy as np\nrng = np.random.default_rng()  # here\nsave(rng.normal(size=3))",
    ),
    "default_rng under an alias": (
        "again",
        "from numpy.random import default_rng as rng\nx = rng().normal()  # here",
    ),
    "default_rng with None": (
        "again",
        "import numpy as np\nSEED = None\nrng = np.random.default_rng(SEED)  # here",
    ),
    "RandomState": ("again", "from numpy.random import RandomState\nr = RandomState()  # here"),
    "global numpy": ("again", "import numpy as np\nx = np.random.rand(3)  # here"),
    "global random": ("again", "import random\nrandom.shuffle(rows)  # here"),
    "random.Random": ("again", "import random\nr = random.Random()  # here"),
    "urandom": ("again", "import os\nsalt = os.urandom(8)  # here\nsave(salt)"),
    "torch, all of it": ("again", "import torch\ntorch.seed()  # here\nsave(torch.rand(1))"),
    "torch, from the system": (
        "again",
        "import torch\ng = torch.Generator()\ng.seed()  # here\nsave(torch.rand(1, generator=g))",
    ),
    "uuid": ("again", "from uuid import uuid4\nrun = str(uuid4())  # here\nsave(run)"),
    "split without a seed": (
        "again",
        "from sklearn.model_selection import train_test_split as tts\na, b = tts(X, y)  # here",
    ),
    "forest without a seed": (
        "again",
        "from sklearn.ensemble import RandomForestClassifier\nm = RandomForestClassifier(n_estimators=5)  # here",
    ),
    "shuffled folds": (
        "again",
        "from sklearn.model_selection import KFold\ncv = KFold(5, shuffle=True)  # here",
    ),
    "sample of a table": ("again", "import pandas as pd\ntrain = df.sample(frac=0.5)  # here"),
    "torch without a seed": (
        "again",
        "import torch\nx = torch.randn(3)  # here\nsave(x)",
    ),
    "as_completed": (
        "again",
        "from concurrent.futures import as_completed\nr = []\nfor f in as_completed(fs):  # here\n    r.append(f.result())\nsave(r)",
    ),
    "imap_unordered": ("again", "with Pool(2) as p:\n    r = list(p.imap_unordered(f, xs))  # here\nsave(r)"),
    "threads that append": (
        "again",
        "import threading\nout = []\ndef work(x):\n    out.append(x * x)  # here\nts = [threading.Thread(target=work, args=(i,)) for i in range(3)]\nsave(out)",
    ),
    "shared generator": (
        "again",
        "import numpy as np\nfrom joblib import Parallel, delayed\nrng = np.random.default_rng(0)\nr = Parallel(n_jobs=2, prefer='threads')(delayed(f)(rng, i) for i in range(8))  # here",
    ),
    "forest summed by threads": (
        "again",
        "from sklearn.ensemble import ExtraTreesRegressor\nm = ExtraTreesRegressor(n_jobs=2, random_state=0)  # here",
    ),
    "process number": ("again", "import os\nseed = os.getpid()  # here\nsave(seed)"),
    "id as a key": ("aslr", "held = {id(x): x for x in rows}  # here\nsave(held)"),
    "sorted by id": ("aslr", "rows = sorted(rows, key=id)  # here"),
    "default repr": (
        "aslr",
        "class Plain:\n    pass\np = Plain()\nname = repr(p)  # here\nsave(name)",
    ),
    "functions written as text": ("aslr", "import json\njson.dump(settings, f, default=str)  # here"),
    "sum under a lock": ("again", "with lock:\n    total += part  # here\n"),
    "sum of an object under its lock": (
        "again",
        "class A:\n    def add(self, x):\n        with self.lock:\n            self.sum += x  # here\n",
    ),
    "tasks from a queue": (
        "again",
        "import queue\ntasks = queue.Queue()\ndef work():\n    while True:\n        task = tasks.get_nowait()  # here\n        save(task)",
    ),
    "generator given to a pool": (
        "again",
        "import joblib\nimport numpy as np\nrng = np.random.default_rng(1)\npool = joblib.Parallel(n_jobs=2, prefer='threads')\nr = pool(joblib.delayed(f)(rng) for _ in range(3))  # here",
    ),
    "sine": ("libm", "import math\nx = math.sin(day)  # here\nsave(x)"),
    "product of matrices": ("blas", "gram = X.T @ X  # here\nsave(gram)"),
    "learning": ("torch-isa", "loss.backward()  # here"),
    "unwritten memory": ("aslr", "import numpy as np\nx = np.empty(3) + 1  # here\nsave(x)"),
    "weak references": ("gc", "import weakref\nheld = weakref.WeakSet()  # here"),
    "finalizer": ("gc", "class A:\n    def __del__(self):  # here\n        COUNT.append(1)\n"),
    "gc count": ("gc", "import gc\nn = gc.collect()  # here\nsave(n)"),
    "chunks by CPU": (
        "threads",
        "import os\nchunks = np.array_split(X, os.cpu_count())  # here\nsave(sum(c.sum() for c in chunks))",
    ),
    "all jobs": ("threads", "m = KMeans(n_jobs=-1)  # here"),
    "torch threads": ("threads", "import torch\ntorch.set_num_threads(4)  # here"),
    "numba parallel": ("threads", "from numba import njit\n@njit(parallel=True)  # here\ndef f(x): pass"),
    "affinity": ("affinity", "import os\nn = len(os.sched_getaffinity(0))  # here\nsave(n)"),
    "listdir": (
        "file-order",
        "import os\nframes = [read(f) for f in os.listdir('parts')]  # here\nsave(frames)",
    ),
    "listdir in a loop of sums": (
        "file-order",
        "import os\nt = 0.0\nfor f in os.listdir('p'):  # here\n    t += mean(f)\nsave(t)",
    ),
    "glob under an alias": (
        "file-order",
        "from glob import glob as g\nfiles = g('*.csv')  # here\nsave(files)",
    ),
    "iterdir": (
        "file-order",
        "from pathlib import Path\nfor p in Path('d').iterdir():  # here\n    model.partial_fit(read(p))",
    ),
    "rglob enumerated": (
        "file-order",
        "from pathlib import Path\nroot = Path('d')\nids = {p.name: i for i, p in enumerate(root.rglob('*'))}  # here\nsave(ids)",
    ),
    "walk": (
        "file-order",
        "import os\nfor top, dirs, files in os.walk('d'):  # here\n    for f in sorted(files):\n        out.write(f)",
    ),
    "sorted walk, unsorted files": (
        "file-order",
        "import os\nfor top, dirs, files in sorted(os.walk('d')):  # here\n    for f in files:\n        out.write(f)",
    ),
    "listing returned and used unsorted": (
        "file-order",
        "import os\ndef files():\n    return os.listdir('d')  # here\nfor f in files():\n    out.write(f)",
    ),
    "clock into a result": (
        "time",
        "import time\nmeta = {'trained': time.time()}  # here\njson.dump(meta, f)",
    ),
    "clock under an alias": (
        "time",
        "from datetime import datetime as dt\nreport['at'] = dt.now().isoformat()  # here",
    ),
    "clock as a seed": ("time", "from time import time\nrng = default_rng(int(time()))  # here"),
    "duration into metrics": (
        "again",
        "import time\nstart = time.perf_counter()\nfit()\nmetrics['seconds'] = time.perf_counter() - start  # here",
    ),
    "time budget": (
        "time",
        "import time\nend = time.time() + 5  # here\nwhile time.time() < end:\n    step()",
    ),
    "today of pandas": (
        "time",
        "import pandas as pd\nage = pd.Timestamp('today') - df.born  # here\nsave(age)",
    ),
    "gzip": ("time", "import gzip\nwith gzip.open('a.gz', 'wb') as f:  # here\n    f.write(b'')"),
    "zip by name": (
        "time",
        "import zipfile\nwith zipfile.ZipFile('a.zip', 'w') as z:\n    z.writestr('a.txt', 'x')  # here",
    ),
    "tar": ("umask", "import tarfile\nwith tarfile.open('a.tar', 'w') as t:\n    t.add('d')  # here"),
    "time of a file": ("time", "import os.path as p\nstamp = p.getmtime('a')  # here\nsave(stamp)"),
    "local time": (
        "timezone",
        "from datetime import datetime\nhour = [datetime.fromtimestamp(t).hour for t in ts]  # here\nsave(hour)",
    ),
    "mktime": ("timezone", "import time\nt = time.mktime(parts)  # here\nsave(t)"),
    "naive timestamp": (
        "timezone",
        "from datetime import datetime\nt = datetime.strptime(s, '%Y').timestamp()  # here\nsave(t)",
    ),
    "own path in a report": ("build-path", "meta = {'script': str(__file__)}  # here\nsave(meta)"),
    "current folder": ("build-path", "import os\nreport = {'cwd': os.getcwd()}  # here\nsave(report)"),
    "absolute path": (
        "build-path",
        "from pathlib import Path\nsources = [str(p.resolve()) for p in files]  # here\nsave(sources)",
    ),
    "script name": ("build-path", "import sys\nconfig['argv'] = {'script': sys.argv[0]}  # here"),
    "home": ("home", "from pathlib import Path\ncfg = Path.home() / '.rc'  # here\nsave(cfg.exists())"),
    "expanduser": ("home", "import os\nf = open(os.path.expanduser('~/.rc'))  # here"),
    "host name": ("user-host", "import socket\nmeta['host'] = socket.gethostname()  # here"),
    "user by variable": ("user-host", "import os\nmeta['by'] = os.environ.get('USER', '')  # here"),
    "environment as features": ("environment", "import os\nn = len(os.environ)  # here\nsave(n)"),
    "environment read": ("environment", "import os\nrate = float(os.getenv('RATE', '1'))  # here"),
    "environment iterated": (
        "environment",
        "from os import environ\nheld = {k: v for k, v in environ.items()}  # here",
    ),
    "mode of a file": ("umask", "import os\nmode = os.stat('a').st_mode  # here\nsave(mode)"),
    "umask": ("umask", "import os\nold = os.umask(0)  # here"),
    "locale order": ("locale", "import locale\nnames.sort(key=locale.strxfrm)  # here"),
    "locale format": ("locale", "text = f'{x:n}'  # here\nsave(text)"),
    "names of months": ("locale", "name = day.strftime('%B')  # here\nsave(name)"),
    "text without encoding": ("locale", "rows = open('a.txt').read()  # here"),
    "argsort": ("numpy-dispatch", "import numpy as np\ntop = np.argsort(counts)[:10]  # here\nsave(top)"),
}


@pytest.mark.parametrize("name", GUILTY)
def test_the_line_of_a_pattern_comes_first(name):
    variation, text = GUILTY[name]
    expected = next(number for number, line in enumerate(text.splitlines(), 1) if HERE in line)
    found = places((variation,), {"train.py": text}, (), None)
    assert ("train.py", expected) == next(((one.file, one.line) for one in found), None), found


def test_every_place_says_what_is_wrong_there_and_has_a_remedy():
    for variation, text in GUILTY.values():
        for one in places((variation,), {"train.py": text}, (), None):
            assert one.what.startswith("`")
            assert one.remedy.endswith(".")
            assert one.evidence == "read"
