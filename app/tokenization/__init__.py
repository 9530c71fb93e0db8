"""Tokenizers: validate a name, download, load from an explicit folder, encode with offsets."""
