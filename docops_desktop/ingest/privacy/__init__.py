"""Personal data: which columns hold it, what is dropped or hashed, and who did not agree to be measured."""
