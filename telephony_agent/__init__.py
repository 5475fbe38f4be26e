"""A telephone agent: Twilio at one end, Gemini Live at the other, your Python functions aside."""

__version__ = "0.1.0"
