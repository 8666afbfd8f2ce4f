"""What scores say about raters, agents and all recordings."""
