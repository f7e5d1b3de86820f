# SPDX-License-Identifier: Apache-2.0
"""The table of scripts that look suspicious and are innocent."""

from __future__ import annotations

from e2e.planted import Script

_SKLEARN = ("scikit-learn",)

CLEAN = (
    Script(name="sorted_listing", why="the listing is sorted"),
    Script(
        name="set_membership",
        why="sets are asked, counted, and searched for a maximum, never walked into a result",
    ),
    Script(name="printed_durations", why="the clock is only printed"),
    Script(name="seeded_generator", why="default_rng has a seed"),
    Script(name="named_uuid", why="uuid5 follows from the content"),
    Script(name="sorted_set_columns", why="the set is sorted"),
    Script(
        name="jobs_with_seeds",
        why="each job has its own integer for a seed, and joblib keeps the order",
        needs=_SKLEARN,
    ),
    Script(name="integer_hashes", why="hashes of integers are not salted, nor are sets of them"),
    Script(name="cores_printed", why="the number of cores and the host are only printed"),
    Script(name="gzip_without_time", why="mtime=0"),
    Script(name="log_with_times", why="the log is no output"),
    Script(name="scratch_file", why="the name of the temporary folder stays inside"),
    Script(name="resolved_paths", why="absolute paths serve to open files only"),
    Script(name="dict_order", why="dictionaries keep the order of insertion"),
    Script(name="pool_in_order", why="Pool.map keeps the order"),
    Script(name="threads_by_index", why="futures are read in the order of submission"),
    Script(name="integers_in_any_order", why="sums of integers do not mind the order of files"),
    Script(name="exact_sum_of_set", why="math.fsum rounds once"),
    Script(name="ties_broken", why="ties are broken by name, and keys are sorted on the way out"),
    Script(name="utc_hours", why="time stamps are read in UTC"),
    Script(name="stable_argsort", why="the sort is stable", rounds=True),
    Script(name="zip_with_fixed_dates", why="members carry SOURCE_DATE_EPOCH"),
    Script(name="id_as_key", why="ids serve as keys while their objects live"),
    Script(name="global_seeds", why="both global generators are seeded", rounds=True),
    Script(name="digest_buckets", why="crc32 and blake2b are no hash()"),
    Script(
        name="home_is_printed",
        why="home and user are only printed, and the variable that it reads has a name",
    ),
    Script(
        name="two_steps",
        why="results of threads go by name, and names are sorted",
        steps=("prepare.py", "train.py"),
    ),
    Script(
        name="sklearn_pipeline",
        why="trees get their seeds before they get their threads",
        needs=_SKLEARN,
        rounds=True,
    ),
    Script(
        name="linear_solver", why="only rounding depends on the CPU, and the profile holds it", rounds=True
    ),
    Script(name="archive_times", why="only the containers' bytes change; leaves are the same"),
)
