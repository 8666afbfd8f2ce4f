"""Teams: who is treated, which splits were possible, what came of it."""
