# SPDX-License-Identifier: Apache-2.0
"""Why outputs differ: the materials that can have caused it, where it began, known causes."""
