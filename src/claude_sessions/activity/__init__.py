"""What was done in the sessions: tools that were called, files that were touched, how much and when."""
