"""Recording a session: front, host, pump, writer, control."""
