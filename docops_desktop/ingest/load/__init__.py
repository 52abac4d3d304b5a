"""Records to rows of the workspace: by grain, classified, merged, in sessions, nothing counted twice."""
