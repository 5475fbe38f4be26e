"""What can go wrong, split by who must act.

TelephonyAgentError
├── ConfigError      the operator: a setting, an agent, an address
├── ToolError        the operator: a tool that cannot be told to the model
├── ProtocolError    a peer: what it sent is not the protocol we speak with it
├── TwilioError      Twilio's REST API: it has refused something, or can't be reached
└── LiveError        a program that talks with the model itself (`LiveModel`)
    ├── SessionMisused    it, by a call out of turn or with what can't be
    ├── ConnectionLost    nobody, or whoever keeps the keys: there is no connection to the model, or no more
    └── NoAnswer          the model: it was asked, and has not answered

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


class TwilioError(TelephonyAgentError):
    """`status`: HTTP's; `code`: Twilio's own; None where no answer came."""

    def __init__(self, message: str, status: int | None = None, code: int | None = None) -> None:
        super().__init__(message)
        self.status, self.code = status, code

    @property
    def for_log(self) -> str:
        """Without Twilio's own words, in which numbers of people stand."""
        if self.status is None:
            return str(self)
        return f"Twilio refused ({self.status}): https://www.twilio.com/docs/api/errors/{self.code}"


class LiveError(TelephonyAgentError):
    """What went wrong between a program and the model."""


class SessionMisused(LiveError):
    """A method was called out of turn, or with what it can't take. The session is as before."""


class ConnectionLost(LiveError):
    """There is no connection to the model, or no more. `why` tells what happened, `mend` what helps.

    `may_resume`: whether it is worth trying again, by `resume` if there was a session, else by `connect`.
    """

    def __init__(self, why: str, mend: str, may_resume: bool) -> None:
        super().__init__(f"{why}; {mend}")
        self.why, self.mend, self.may_resume = why, mend, may_resume


class NoAnswer(LiveError):
    """The model was asked and has not answered: not in time, or it refused."""
