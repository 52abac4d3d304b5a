"""Parts of the data perspective: where the data came from, what was left out and why, and what the workspace's users defined."""
