"""The words of the field as plain data: standard library and numpy only."""
