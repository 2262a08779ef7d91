"""What people and the desk can do: each use of the house in one transaction."""
