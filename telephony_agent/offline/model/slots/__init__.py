"""What the caller said, as the arguments of a function: rules for spoken English, no model."""
