"""Which page groups cost what: exposures, scores, figures at stake, and the story behind each."""
