"""What an export physically is: its format, encoding, delimiter, preamble and header."""
