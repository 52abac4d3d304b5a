"""Parts of the bridge: tiles with the figures that matter, and the list of page groups with their status."""
