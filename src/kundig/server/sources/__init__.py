"""How data come in: live events over the API with their inbox and dead letters, and files through the import wizard."""
