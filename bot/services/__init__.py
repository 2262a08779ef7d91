"""What people and the desk can do: each action in one transaction."""
