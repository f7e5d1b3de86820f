# SPDX-License-Identifier: Apache-2.0
"""Arrays that lie in chunks, each under a key: Zarr's folders, and the database that Orbax keeps them in."""
