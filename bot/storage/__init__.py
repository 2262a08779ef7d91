"""Storage: what the desk keeps, sealed where it is personal. The only user of SQLModel."""
