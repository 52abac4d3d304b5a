"""Readers: one module per physical format; bytes in, blocks of untouched text cells with line numbers out.

A reader knows nothing of adapters, columns' meaning or the workspace.
"""
