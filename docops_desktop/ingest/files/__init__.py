"""Exports as they lie on the disk: what a user names, members of archives, fingerprints, what is new in a growing file."""
