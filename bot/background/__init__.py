"""What runs beside the conversation: the sender, deliveries, and what watches over the process."""
