"""What a conversation looks like: lines to events, events to blocks, blocks to text, as the session player has it."""
