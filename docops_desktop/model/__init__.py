"""Frozen values that every other layer shares: words, clauses, spans, definitions.

Nothing here may import Qt, SQL or NumPy, so that each layer above can use it without cost.
"""
