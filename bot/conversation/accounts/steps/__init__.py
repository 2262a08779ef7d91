"""What an administrator does, step by step."""
