"""Aggregation kernels: arrays in, arrays out.

Each compiled kernel has a plain NumPy reference beside it that tests hold it to and that serves until the compiled one is warm.
Nothing here may import Qt, pandas, SQL or the model.
"""
