"""What runs beside the conversation: deliveries, tasks of one process, inbound webhooks."""
