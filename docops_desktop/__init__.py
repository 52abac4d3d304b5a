"""DocOps Desktop: a Digital Operations Center on one analyst's machine."""

__version__ = "0.1.0"
