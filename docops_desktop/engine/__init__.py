"""The one application state: open workspace, selection, history, jobs, commands. Knows no Qt, so that window and command line share it."""
