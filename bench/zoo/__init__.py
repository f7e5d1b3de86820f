# SPDX-License-Identifier: Apache-2.0
"""The zoo: fits every estimator of scikit-learn in many surroundings and compares the bits.

python -m bench.zoo run      # every column but the emulated ones; resumes where it stopped
python -m bench.zoo qemu     # the emulated CPUs
python -m bench.zoo table    # prints the tables and writes them into docs/determinism.md
python -m bench.zoo cost     # how much slower `portable` is than `off`
python -m bench.zoo check    # holds this machine against the kept digests; --record keeps the answer too
"""
