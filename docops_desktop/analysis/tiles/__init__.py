"""What a brush reads instead of the rows: running sums per time bin for every passive panel."""
