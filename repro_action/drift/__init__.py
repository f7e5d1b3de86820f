# SPDX-License-Identifier: Apache-2.0
"""Whether new data is like the old: distances a column, what chance alone gives, a judgement."""
