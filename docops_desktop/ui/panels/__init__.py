"""The panels: each shows one frozen result of the desk and turns gestures into changes of the selection. Panels never talk to each other."""
