"""What commands and the server answer with: the JSON forms, and finding what they are about."""
