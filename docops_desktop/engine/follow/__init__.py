"""Following a folder: exports that appear or grow there are loaded as they arrive, nothing twice and nothing half.

``folder`` lists files, ``content`` looks into one, ``follower`` decides what is to be loaded, ``load`` loads it; none of them knows a window.
The folder is polled, since network drives do not tell of changes.
"""
