"""Secrets in text: the rules as data, and finding what they describe."""
