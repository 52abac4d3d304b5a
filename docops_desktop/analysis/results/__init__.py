"""Frozen results: what an analysis hands to a panel or a command. One module per question; they hold data, never compute."""
