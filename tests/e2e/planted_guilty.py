# SPDX-License-Identifier: Apache-2.0
"""The table of scripts with one planted nondeterminism each."""

from __future__ import annotations

from e2e.planted import Script

from repro_action.probe.variations.names import NAMES

_SHRINK = {".shrinkrc": "[shrink]\nstrength = 25.0\n"}
_STOP = {".stopwords": "the and was very room clean\n"}
_SKLEARN = ("scikit-learn",)
_RACE = ("again",)
_HASH = ("hash-seed",)
_FILES = ("file-order",)
_CLOCK = ("time", "again")
_ADDRESS = ("aslr", "again")
ANY = frozenset(NAMES)
"""Most variations are variables, and a script that looks at all of them sees each."""

HASHES = (
    Script(
        name="columns_from_set", why="columns stand in the order of a set of names", guilty=_HASH, pinned=True
    ),
    Script(name="hashed_words", why="hash() of texts chooses the column", guilty=_HASH, pinned=True),
    Script(name="vocabulary_list_set", why="the vocabulary is list(set(tokens))", guilty=_HASH, pinned=True),
    Script(
        name="float_sum_over_set",
        why="floats are added up in the order of a set: last bits only",
        guilty=_HASH,
        pinned=True,
        subtle=True,
    ),
    Script(
        name="majority_tie",
        why="max over a set takes the first of two equally common values",
        guilty=_HASH,
        pinned=True,
        subtle=True,
    ),
    Script(
        name="label_codes",
        why="the first of two steps numbers a set of cities",
        guilty=_HASH,
        pinned=True,
        steps=("prepare.py", "train.py"),
    ),
    Script(name="seed_from_hash", why="the seed is hash() of a text", guilty=_HASH, pinned=True, subtle=True),
    Script(
        name="folds_by_group",
        why="folds are numbered in the order of a set; only metrics differ",
        guilty=_HASH,
        pinned=True,
        subtle=True,
    ),
)

ADDRESSES = (
    Script(name="repr_in_card", why="a function's repr holds its address", guilty=_ADDRESS),
    Script(
        name="specs_with_functions",
        why="functions hash by address, so a set of pairs with them has any order",
        guilty=_ADDRESS,
        subtle=True,
    ),
    Script(
        name="set_of_nodes",
        why="a large set of objects is walked by address, and floats are added up on the way",
        guilty=_ADDRESS,
        subtle=True,
    ),
    Script(name="object_shards", why="hash() of an object is its address", guilty=_ADDRESS, subtle=True),
)

COLLECTOR = (
    Script(
        name="weak_cache",
        why="objects in cycles stay in a weak cache until the collector comes by",
        guilty=("gc",),
        subtle=True,
    ),
    Script(
        name="finalizer_flush",
        why="__del__ of objects in cycles appends to a list that is read meanwhile",
        guilty=("gc",),
        subtle=True,
    ),
)

RACES = (
    Script(name="completed_order", why="results stand in the order of as_completed", guilty=_RACE),
    Script(name="shared_list", why="threads append to one list as they end", guilty=_RACE),
    Script(
        name="locked_total",
        why="a lock guards the sum, not the order in which parts are added",
        guilty=_RACE,
        subtle=True,
    ),
    Script(name="unordered_pool", why="imap_unordered hands out results as they come", guilty=_RACE),
    Script(
        name="shared_generator",
        why="four threads draw from one seeded generator",
        guilty=_RACE,
        subtle=True,
        needs=_SKLEARN,
    ),
    Script(
        name="extra_trees_jobs",
        why="predictions are added up in the order of arrival",
        guilty=_RACE,
        subtle=True,
        needs=_SKLEARN,
    ),
    Script(
        name="worker_queue",
        why="which worker, and so which generator, takes a task",
        guilty=_RACE,
        subtle=True,
    ),
)

CORES = (
    Script(
        name="omp_chunks", why="as many partial sums as OpenMP has threads", guilty=("threads",), pinned=True
    ),
    Script(
        name="joblib_chunks",
        why="as many partial sums as joblib counts CPUs",
        guilty=("threads", "affinity"),
        pinned=True,
        subtle=True,
        needs=_SKLEARN,
    ),
    Script(
        name="cpu_count_chunks",
        why="a seed for each core that os.cpu_count knows",
        guilty=("affinity", "threads"),
    ),
    Script(
        name="affinity_batches",
        why="the size of a batch grows with the cores that may be used",
        guilty=("affinity", "threads"),
        subtle=True,
    ),
)

CLOCKS = (
    Script(name="trained_at", why="the time of training is written into the model", guilty=_CLOCK),
    Script(
        name="stamped_bundle",
        why="a member of the archive tells when it was built",
        guilty=_CLOCK,
        subtle=True,
    ),
    Script(name="pickled_clock", why="an attribute of the pickled model is the time", guilty=_CLOCK),
    Script(name="fit_seconds", why="a duration is written among the metrics", guilty=("again", "time")),
    Script(name="house_age", why="the age of a house depends on today's year", guilty=("time",), subtle=True),
    Script(name="clock_seed", why="the seed is the time", guilty=_CLOCK),
    Script(
        name="recency_weights", why="weights decay with whole days until now", guilty=("time",), subtle=True
    ),
)

ORDERS = (
    Script(
        name="listdir_sum",
        why="floats are added up in the order of os.listdir: last bits only",
        guilty=_FILES,
        subtle=True,
    ),
    Script(
        name="glob_shuffle",
        why="the shuffle is seeded, but what it shuffles comes in the order of glob",
        guilty=_FILES,
        subtle=True,
    ),
    Script(name="iterdir_vocabulary", why="words are numbered in the order of Path.iterdir", guilty=_FILES),
    Script(
        name="walk_labels", why="folders are numbered in the order of os.walk", guilty=_FILES, subtle=True
    ),
    Script(
        name="first_duplicate_wins",
        why="of two rows with one key that of the file listed first stays",
        guilty=_FILES,
        subtle=True,
    ),
)

ENTROPY = (
    Script(name="helper_rng", why="default_rng() without a seed in a helper", guilty=_RACE),
    Script(
        name="random_state_split",
        why="RandomState() without a seed",
        guilty=_RACE,
        rounds=True,
        needs=_SKLEARN,
    ),
    Script(name="own_random", why="random.Random() as a default", guilty=(*_RACE, "seed")),
    Script(name="run_id", why="uuid4 in the model's provenance", guilty=_RACE),
    Script(name="salted_hashing", why="os.urandom makes the salt", guilty=_RACE, subtle=True),
    Script(name="secret_seed", why="the seed comes from secrets unless given", guilty=_RACE),
    Script(
        name="pid_seed", why="the process number is part of the seed", guilty=("process-ids",), pinned=True
    ),
    Script(
        name="scratch_path",
        why="the name of a temporary folder gets into the model",
        guilty=_RACE,
        subtle=True,
    ),
)

PLACES = (
    Script(name="absolute_source", why="the manifest holds an absolute path", guilty=("build-path",)),
    Script(
        name="path_seed",
        why="the seed is a checksum of the script's path",
        guilty=("build-path",),
        subtle=True,
    ),
    Script(
        name="home_config", why="a file in the home folder sets a parameter", guilty=("home",), home=_SHRINK
    ),
    Script(
        name="home_stopwords", why="a file in the home folder replaces a list", guilty=("home",), home=_STOP
    ),
    Script(
        name="mode_manifest", why="permission bits of new files are recorded", guilty=("umask",), subtle=True
    ),
)

SURROUNDINGS = (
    Script(
        name="locale_tag",
        why="the name of the locale is written into a table",
        guilty=("locale",),
        pinned=True,
    ),
    Script(
        name="number_format",
        why="the language decides about the decimal point",
        guilty=("locale",),
        pinned=True,
        subtle=True,
    ),
    Script(
        name="collated_codes",
        why="names are sorted as the language does",
        guilty=("locale",),
        pinned=True,
        subtle=True,
    ),
    Script(name="hour_feature", why="a time stamp is read in local time", guilty=("timezone",), pinned=True),
    Script(
        name="local_days",
        why="a time stamp becomes a local date",
        guilty=("timezone",),
        pinned=True,
        subtle=True,
    ),
    Script(
        name="provenance_environ",
        why="the whole environment is written down",
        guilty=("environment",),
        also=ANY,
    ),
    Script(
        name="settings_count",
        why="the number of variables is part of the seed",
        guilty=("environment",),
        subtle=True,
        also=ANY,
    ),
    Script(name="host_card", why="the host's name is on the card", guilty=("user-host",)),
    Script(name="author_field", why="the user's name is in the model", guilty=("user-host",), subtle=True),
)

ROUNDING = (
    Script(
        name="svd_scores",
        why="LAPACK's result depends on the kernels of the CPU",
        guilty=("blas", "numpy-dispatch", "threads", "libm"),
        pinned=True,
        rounds=True,
    ),
    Script(
        name="argsort_ties",
        why="the default sort puts equals in the order of the vector instructions",
        guilty=("numpy-dispatch",),
        pinned=True,
        subtle=True,
        rounds=True,
    ),
    Script(
        name="softmax_exp",
        why="np.exp has a loop of its own for AVX-512",
        guilty=("numpy-dispatch", "libm"),
        pinned=True,
        subtle=True,
        rounds=True,
    ),
    Script(
        name="seasonal_waves",
        why="the C library's sine and cosine round otherwise without FMA",
        guilty=("libm",),
        pinned=True,
        subtle=True,
        rounds=True,
    ),
    Script(
        name="logistic_regression",
        why="a solver on top of BLAS and of the C library",
        guilty=("blas", "numpy-dispatch", "libm", "threads"),
        pinned=True,
        rounds=True,
        needs=_SKLEARN,
    ),
    Script(
        name="torch_network",
        why="PyTorch's loops depend on the instruction set",
        guilty=("torch-isa", "threads"),
        pinned=True,
        rounds=True,
        needs=("torch",),
    ),
)

GUILTY = (
    *HASHES,
    *ADDRESSES,
    *COLLECTOR,
    *RACES,
    *CORES,
    *CLOCKS,
    *ORDERS,
    *ENTROPY,
    *PLACES,
    *SURROUNDINGS,
    *ROUNDING,
)
