"""What the references leave open of the Live API, each a small conversation with a verdict."""
