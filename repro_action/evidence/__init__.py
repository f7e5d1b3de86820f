# SPDX-License-Identifier: Apache-2.0
"""What a verified run proves, as statements and documents: values in, canonical bytes out."""
