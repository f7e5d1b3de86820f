# SPDX-License-Identifier: Apache-2.0
"""What runs beside a step in processes of its own: its supervisor, and the first process of its enclosure.

NOTE: what these processes load imports no more than `os`, `sys`, `time`, `ctypes` and C modules, since
start-up is paid by each step. `commands`, which starts them, is not loaded by them.
"""
