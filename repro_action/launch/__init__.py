# SPDX-License-Identifier: Apache-2.0
"""What runs beside a step in processes of its own: its supervisor, and the first process of its enclosure.

NOTE: no module here imports more than `os`, `sys`, `time` and C modules: start-up is paid by each step.
"""
