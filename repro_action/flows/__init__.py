# SPDX-License-Identifier: Apache-2.0
"""What each command does, told as a story: a line a stage, no parsing and no printing."""
