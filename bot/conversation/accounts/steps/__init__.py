"""Steps of an administrator."""
