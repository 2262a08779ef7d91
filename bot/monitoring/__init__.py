"""Health, metrics, alarms and the doctor: whether the desk is well."""
