# SPDX-License-Identifier: Apache-2.0
"""What the arithmetic of a platform is: its signature, known kernels, and how two signatures differ."""
