# SPDX-License-Identifier: Apache-2.0
"""What to write instead of what a rule finds: one table of all rules."""

from __future__ import annotations

from enum import Enum


class SourceRemedy(Enum):
    """A sentence for people; the value."""

    FIXED_TIME = (
        "Keep the clock out of outputs and seeds: write a fixed time, or the one in `SOURCE_DATE_EPOCH`."
    )
    TIME_IN_ARCHIVE = (
        "Set the time explicitly: `gzip.GzipFile(…, mtime=0)`, `zipfile.ZipInfo(name, date_time=…)`."
    )
    CONTENT_NOT_FILE_TIME = "Use the file's content, not its time: a checkout sets new times."
    TIME_ZONE = (
        "Give the time a time zone: `datetime.fromtimestamp(…, tz=UTC)`, `calendar.timegm`, `time.gmtime`."
    )
    SEED = "Pass a seed: `default_rng(seed)`, `random.Random(seed)`, `random_state=seed`."
    KERAS_SEED = "Call `keras.utils.set_random_seed(seed)` before the first layer is made."
    RANDOM_STATE = "Pass `random_state=seed`."
    SEED_ARGUMENT = "Pass `seed=…` or `rng=default_rng(seed)`, whichever it accepts."
    RANDOM_STATE_OR_GENERATOR = "Pass `random_state=seed` or a generator."
    SEEDED_OR_DIGEST = "Take it from a seeded generator, or from a digest of the content."
    NO_TEMPORARY_NAMES = "Keep names of temporary files out of outputs."
    OWN_NUMBER = "Use a counter or a name instead of an address."
    OWN_REPR = "Define `__repr__` in the class, or write the attribute that matters."
    NAMED_FIELDS = "Name what to write of each object, or raise an error for what JSON cannot represent."
    ZEROS = "Use `zeros`, or fill every element."
    NO_COLLECTION = "Do not let results depend on when objects are collected."
    NO_MEMORY_FIGURES = "Keep memory figures out of outputs."
    NO_PROCESS_IDS = "Keep the numbers of processes and threads out of outputs and seeds."
    PORTABLE_KERNELS = 'Keep `profile = "portable"`, which pins the kernels and instructions.'
    STABLE_SORT = 'Write `kind="stable"`, and keep `profile = "portable"`.'
    ROUND_FIRST = 'Round before choosing, and keep `profile = "portable"`.'
    DECLARED_VARIABLE = "Take the value from the parameters, or declare the variable under `env` of the step."
    RELATIVE_PATHS = "Write paths relative to the project: `path.relative_to(root)`, or the name only."
    DECLARED_DATA = "Declare what is needed as data of the project instead of reading the home folder."
    NO_HOST_NAMES = "Keep the names of the user and the machine out of outputs."
    EXPLICIT_MODES = "Set modes explicitly: `os.chmod`, `TarInfo.mode`, and keep them out of outputs."
    NO_LOCALE = 'Format and sort without the locale: `f"{x:,}"`, `sorted(…)`, numeric dates.'
    ENCODING = 'Name the encoding: `encoding="utf-8"`.'
    PROGRAM_PATH = "Name the program's path."
    SORTED_SET = "Wrap the set in `sorted(…)`: its order changes with the hash seed."
    DEFAULT_SORTED = "Write `default=sorted`."
    STABLE_DIGEST = "Use a digest that is the same everywhere: `zlib.crc32(text.encode())` or `hashlib`."
    SORTED_LISTING = "Wrap it in `sorted(…)`: file systems list folders in any order."
    SORTED_OUTPUT = "Sort what it prints."
    SUBMISSION_ORDER = (
        "Take results in the order of submission: `executor.map(…)`, `pool.imap(…)`, or sort them."
    )
    FIXED_WORKERS = "Fix the number of workers and chunks instead of asking the machine."
    ONE_THREAD = 'Keep `profile = "portable"` (one thread), or write `n_jobs=1`.'
    ONE_JOB_TO_PREDICT = "Write `n_jobs=1` where it predicts: `model.set_params(n_jobs=1)`."
    GENERATOR_PER_TASK = "Give each task a generator of its own: `SeedSequence(seed).spawn(n)`."
    RESULTS_IN_ORDER = "Let each task return its result, and take results in the order of submission."
    SUMS_IN_ORDER = "Let each task return its part, and add the parts in the order of submission."
    FIXED_TASKS = "Fix which worker does what, and do not let results depend on who takes a task."
    ONE_THREAD_TO_TRAIN = (
        "Ask the library for one thread (`workers=1`, `num_threads=1`, `n_jobs=1`, `nthread=1`, whichever it "
        "accepts): a seed does not fix the order in which several threads take turns."
    )
    ORDERED_PIPELINE = (
        "Keep `deterministic=True`, and draw no random numbers in parallel calls: use "
        "`num_parallel_calls=1`, or `tf.random.stateless_*` with a seed derived from the element's index."
    )
    MAINTAIN_ORDER = "Write `maintain_order=True`, or sort the result."
    LEARN_ONCE = (
        "No seed reaches this code: train the tokenizer once and `repro pin` it as data, or use a model that "
        "has no ties to break (`Unigram`)."
    )
    ROUNDS_NOT_TIME = "Stop after a fixed number of rounds or trials (`n_trials=…`) instead of a time limit."
    SEEDED_SAMPLER = (
        "Give the sampler a seed: `sampler=TPESampler(seed=…)`, `rstate=default_rng(…)`, `random_state=…`."
    )
