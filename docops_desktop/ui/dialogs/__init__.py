"""Dialogs and pop-ups of the shell. Each only asks or tells; what was decided goes to the desk."""
