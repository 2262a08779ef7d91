"""What runs beside the conversation: deliveries, tasks of one process, doors for other systems."""
