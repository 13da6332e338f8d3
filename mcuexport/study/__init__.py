"""Many trainings at once: grids of recipes (`sweep`), and the search for networks within budgets (`search`)."""
