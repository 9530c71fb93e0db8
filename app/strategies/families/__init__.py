"""How model families write their turns, as data; shared by the frameworks that bring their own formats."""
