"""The workspace file: schema, migrations, dictionaries, imports ledger, and the columnar cache derived from it.

Nothing here may import Qt or the kernels.
"""
