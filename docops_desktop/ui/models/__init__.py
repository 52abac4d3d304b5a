"""Qt item models over frozen results. They word and order what the analysis found; they compute nothing and know no panel."""
