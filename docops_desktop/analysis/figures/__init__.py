"""From sums and histograms to the figures that are shown: measures, percentiles, intervals."""
