# SPDX-License-Identifier: Apache-2.0
"""One file a library: its variables, and how it is asked whether they took effect."""
