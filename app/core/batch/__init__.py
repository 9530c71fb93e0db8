"""Conversations that are trained on together: dealt, packed and weighed, and who has what share."""
