# SPDX-License-Identifier: Apache-2.0
"""Reports in a terminal, and the progress of work."""
