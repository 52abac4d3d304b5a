"""Perspectives: each arranges panels for one job. They place; they don't know what a panel shows."""
