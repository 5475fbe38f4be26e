"""A telephone agent: Twilio at one end, Gemini Live at the other, your Python functions aside."""

from .agent import Agent, IncomingCall, Switchboard
from .app import create_app
from .errors import ToolError
from .live.live_model import LiveModel
from .live.options import (
    Compression,
    Generation,
    Options,
    ReplicatedVoice,
    Thinking,
    Transcript,
    Translation,
    TurnTaking,
)
from .policies import Callers, Hours
from .record.entries import Apology, CallBack, Transfer, Voicemail
from .toolbox.context import CallContext
from .toolbox.declare import tool

__all__ = [
    "Agent",
    "Apology",
    "CallBack",
    "CallContext",
    "Callers",
    "Compression",
    "Generation",
    "Hours",
    "IncomingCall",
    "LiveModel",
    "Options",
    "ReplicatedVoice",
    "Switchboard",
    "Thinking",
    "ToolError",
    "Transcript",
    "Transfer",
    "Translation",
    "TurnTaking",
    "Voicemail",
    "create_app",
    "tool",
]

__version__ = "0.1.0"
