"""Key figures of agents: their spells, their use of paid time and their schedules."""
