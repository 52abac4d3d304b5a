"""From a request to the plan of one pass: which rows, whose clauses, which groups, and by what each panel reads its sums."""
