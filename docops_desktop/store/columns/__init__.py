"""Building the columns of the cache from the workspace's tables: read in blocks, merge parts, attach orders, sort, flag, write.

Everything is vectorised and bounded in memory; nothing here knows where the cache lies or when it must be built.
"""
