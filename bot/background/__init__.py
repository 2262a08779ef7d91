"""What runs beside the conversation, for as long as the process does."""
