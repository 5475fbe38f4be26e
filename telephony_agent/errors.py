"""What can go wrong, split by who must act.

TelephonyAgentError
├── ConfigError      the operator: a setting, an agent, an address
├── ToolError        the operator: a tool that cannot be told to the model
└── ProtocolError    a peer: what it sent is not the protocol we speak with it

Each message names the thing and the mend. Nothing here is raised to be recognised by its text.
"""


class TelephonyAgentError(Exception):
    """The base of all our errors, for a host application that wants one `except`."""


class ConfigError(TelephonyAgentError):
    """A setting is missing, malformed or contradicts another; start fails. Several at once are a line each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ToolError(TelephonyAgentError):
    """A function can't be declared to the model, or an operator's module can't be loaded; start fails.

    Raised by a tool while it runs, its text is the tool's answer for the model.
    """


class ProtocolError(TelephonyAgentError):
    """A peer's message is malformed. `close_code` is the WebSocket code that it deserves, if it ends the connection."""

    def __init__(self, message: str, close_code: int | None = None) -> None:
        super().__init__(message)
        self.close_code = close_code
