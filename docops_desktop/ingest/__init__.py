"""From another system's export to rows in the workspace: sniff, read, map, clean, quarantine, privacy, load.

Adapters are data in ``resources/adapters``. Nothing here may import Qt or the kernels.
"""
