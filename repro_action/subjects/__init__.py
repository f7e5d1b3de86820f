# SPDX-License-Identifier: Apache-2.0
"""What is deployed somewhere, fetched within bounds, to be compared with what was rebuilt."""
