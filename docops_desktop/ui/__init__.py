"""The window: panels, Qt models, theme. Nothing here may import SQL, the store or the kernels; data comes in through the engine."""
