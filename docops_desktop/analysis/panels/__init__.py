"""What each panel asks of a refresh, and how its sums become its result."""
