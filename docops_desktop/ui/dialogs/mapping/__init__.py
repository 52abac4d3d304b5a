"""Correcting how an export is read, before it is imported: parts of the import preview, each a widget or model of its own."""
