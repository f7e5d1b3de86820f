# SPDX-License-Identifier: Apache-2.0
"""HDF5 files, read by their published format and without its library."""
