"""Find the cause: the one combination of one to three dimensions behind a drop, from raw sessions.

``explain.explain`` is the door. Nothing here knows Qt or SQL; compiled work is in ``kernels.cause_*``.
"""
