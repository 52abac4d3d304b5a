"""What an export means: the system that wrote it, the target of each column, and what was decided about a column as a whole."""
