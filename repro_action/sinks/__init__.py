# SPDX-License-Identifier: Apache-2.0
"""Where a report goes: one folder a destination."""
