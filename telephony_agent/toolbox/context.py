"""What a tool may know of its call, and what it may want of it.

A `Wish` is told and forgotten; a `Request` has an answer, which an `async` function awaits and any other waits for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar, get_args

from ..errors import ToolError
from ..policies import WITHHELD
from ..record.entries import CALL_BACK, DO_NOT_CALL, Follows, Meet, Next, PressDigits, Transfer, Voicemail

KEYS = "0123456789*#ABCD"  # all that a telephone can have

NUMBER = r"\+[1-9]\d{6,14}"  # E.164

T_co = TypeVar("T_co", covariant=True)
Expected = Literal["digits", "spelling", "yes_no"]


@dataclass(frozen=True, slots=True)
class Prompted:
    """The model is to be told something: at once, or when nobody speaks."""

    text: str
    interrupt: bool


@dataclass(frozen=True, slots=True)
class Awaited:
    """It is known what the caller will say next."""

    answer: Expected


@dataclass(frozen=True, slots=True)
class Wants:
    """What the other end wants of us after this call. `kind`: `CALL_BACK` or `DO_NOT_CALL`."""

    kind: str


@dataclass(frozen=True, slots=True)
class CollectDigits:
    """The keys that the caller presses are for a function: `length` of them, or those before `finish`.

    `timeout`: seconds without a key, from when the agent has been heard. `secret`: nobody else is to know them.
    """

    length: int | None
    timeout: float
    finish: str
    secret: bool


@dataclass(frozen=True, slots=True)
class KeepOnHold:
    """The caller hears music (mu-law, 8 kHz; empty: ours), and neither side the other, until the function gives up."""

    music: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class SendSms:
    """A text message, to the other end of the call if `to` is empty; from our own number."""

    text: str
    to: str = ""


@dataclass(frozen=True, slots=True)
class RecordCall:
    """Both sides, each on a channel of its own. `notice`: what the caller hears before, unless they were told so."""

    notice: str = ""


@dataclass(frozen=True, slots=True)
class PauseRecording:
    """The recording has silence from now on."""


@dataclass(frozen=True, slots=True)
class ResumeRecording:
    """And goes on."""


@dataclass(frozen=True, slots=True)
class Consult:
    """Somebody is called, told `about` the caller, and asked whether they take the call. `timeout`: of the ringing;
    `language`: of the voice that tells them, as de-DE."""

    to: str
    about: str
    timeout: int
    language: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """That call, which is not ours to talk on, is to end; it may have."""

    sid: str


@dataclass(frozen=True, slots=True)
class Fetch:
    """The call has no stream, and Twilio is to ask what follows, whatever it does with it; it may be over."""


# What Twilio's REST API can do.
RestRequest = Consult | SendSms | RecordCall | PauseRecording | ResumeRecording | Release | Fetch
Wish = Prompted | Awaited | Wants
Request = CollectDigits | PressDigits | KeepOnHold | RestRequest


class Pending(Protocol[T_co]):
    """What will come of a request. Raises ToolError, with a text for the model, if nothing can."""

    def __await__(self) -> Generator[Any, None, T_co]: ...
    def wait(self) -> T_co:
        """For a function that is not `async`."""
        ...

    def give_up(self) -> None:
        """It is not waited for any more."""
        ...


def _nobody(request: Request) -> Pending[Any]:
    raise ToolError("there is no call to ask this of")


class Hold:
    """`async with call.hold():`, or `with` in a function that is not `async`: the caller is on hold in that block."""

    def __init__(self, ask: Callable[[Request], Pending[Any]], music: bytes) -> None:
        self._ask, self._music = ask, music

    def __enter__(self) -> None:
        self._kept = self._ask(KeepOnHold(self._music))

    def __exit__(self, *error: object) -> None:
        self._kept.give_up()

    async def __aenter__(self) -> None:
        self.__enter__()

    async def __aexit__(self, *error: object) -> None:
        self.__exit__()


@dataclass(slots=True)
class CallContext:
    """What a tool may know of its call: a parameter of this type is filled in by us and not shown to the model.

    `report` takes a wish, `ask` a request, in any thread; without them, as in a test, nothing comes of it.
    """

    caller: str
    """As Twilio gives it: E.164 ("+15551234567"), "anonymous", "client:…" or "sip:…"."""
    called: str
    """The number or address that was called."""
    call_id: str
    """Twilio's CallSid."""
    context: Mapping[str, str] = field(default_factory=dict)
    """What we were told of the call when it was placed."""
    theirs: str = ""
    """The number of the other end: of who calls, or whom we have called."""
    report: Callable[[Wish], None] = field(default=lambda wish: None, repr=False, compare=False)
    ask: Callable[[Request], Pending[Any]] = field(default=_nobody, repr=False, compare=False)
    wants_to_hang_up: bool = field(default=False, init=False)
    then: Follows = field(default=Next.HANG_UP, init=False)
    """What follows for the caller, when the agent has left."""

    def hang_up(self) -> None:
        """After this tool's answer the model says goodbye, and the call ends once the caller has heard it."""
        self.wants_to_hang_up, self.then = True, Next.HANG_UP

    def transfer(self, to: str, timeout: int = 25, caller_id: str = "") -> None:
        """After this tool's answer the model says a last sentence, and the caller is put through to somebody.

        `to`: "+15551234567" or "sip:name@host", where it rings for `timeout` seconds. Who is not reached comes back to
        the agent. `caller_id`: the number shown there, one of the account's; empty: the caller's.
        """
        self.wants_to_hang_up, self.then = True, Transfer(to, timeout, caller_id)

    def consult(self, to: str, about: str, timeout: int = 25, language: str = "") -> Pending[bool]:
        """Calls somebody, who is told `about` the caller and takes the call by the key 1: whether they do.

        `language`: of `about`, as de-DE; empty: the agent's.

        The caller stays with the agent meanwhile, who goes on if they do not. If they do, `call.join()` is next. Needs
        the account's REST credentials. It rings for `timeout` seconds, and listening takes more: `@tool(timeout=90)`.
        """
        if not about.strip():
            raise ValueError("call.consult: say who calls, and why, in about")
        return self.ask(Consult(Transfer(to, timeout).to, about, timeout, language))

    def join(self) -> None:
        """After this tool's answer the model says a last sentence, and the caller is with who was consulted."""
        self.wants_to_hang_up, self.then = True, Meet(self.call_id)

    def take_message(self, words: str = Voicemail().words, language: str = "", longest: int = 120) -> None:
        """After this tool's answer the model says a last sentence, and the caller is recorded: Twilio says `words`.

        `longest`: seconds. The recording's URL comes with Twilio's report, which is kept with the call.
        """
        self.wants_to_hang_up, self.then = True, Voicemail(words, language, longest)

    def hold(self, music: bytes = b"") -> Hold:
        """`async with call.hold():` puts the caller on hold, when the agent has been heard, until the block is left.

        They hear `music`, again and again: 8 kHz mu-law, as `ffmpeg -i IN -ar 8000 -ac 1 -f mulaw OUT` makes it; ours
        if it is empty. The agent hears silence; what it says meanwhile is not heard, and it is told so afterwards.
        """
        return Hold(self.ask, music)

    def press_digits(self, keys: str) -> Pending[None]:
        """Presses keys for the other end, as in its telephone menu: 0-9, *, #; w waits half a second, W a whole one.

        They are pressed when the agent has been heard; the stream is away meanwhile, and the conversation goes on.
        """
        return self.ask(PressDigits(keys))

    def call_back(self) -> None:
        """They are kept among those who want to be called back (`telephony-agent call-backs`)."""
        self._wants(CALL_BACK)

    def do_not_call(self) -> None:
        """They are kept among those who are never called (`telephony-agent do-not-call`)."""
        self._wants(DO_NOT_CALL)

    def _wants(self, kind: str) -> None:
        if not re.fullmatch(NUMBER, self.theirs):
            raise ToolError("their number is withheld, so it can't be kept; tell them")
        self.report(Wants(kind))

    def tell(self, text: str, interrupt: bool = False) -> None:
        """The model is told this, and answers it: when nobody speaks and the functions are done, or at once.

        To interrupt silences the agent. Some models then give up the function that is running.
        """
        if not text.strip():
            raise ValueError("call.tell: there is nothing to tell; give a text")
        self.report(Prompted(text, interrupt))

    def expect(self, answer: Expected) -> None:
        """What the caller will say next: digits and spelling have long pauses in them, a yes or no has none.

        It is our own ear that waits longer or less long; with `Agent(turns="local")` that is all that decides.
        """
        if answer not in get_args(Expected):
            raise ValueError(f"call.expect: {answer!r} is none of {', '.join(get_args(Expected))}")
        self.report(Awaited(answer))

    def collect_digits(
        self, length: int | None = None, timeout: float = 10.0, finish: str = "#", secret: bool = False
    ) -> Pending[str]:
        """The keys that the caller presses: `length` of them, else those before the key `finish`, which is not told.

        After `timeout` seconds without a key it is those that there are, perhaps none; it runs from when the agent has
        been heard. The first key silences the agent. Of `secret` ones the model, the log and the records learn nothing,
        nor of those that come when the function waits no more, until there were none for some seconds: meanwhile a
        recording of the call is paused, and the model hears silence instead of keys. They are the function's alone, so
        it must not return them. What was pressed more than a second before they are collected, the model is told.

        A recording is paused first. That takes some tenths of a second, in which keys are kept, and the end of the
        agent's question is kept back; a key that is pressed nevertheless can be heard in the recording, and the records
        say so. None can if `pause_recording` was awaited before the question. If Twilio has not paused it after 2
        seconds, the question is broken off, and this raises ToolError. The recording goes on when no more keys come,
        unless a function has paused it. A tool's own time limit goes on, too: `@tool(timeout=60)`.
        """
        if length is not None and length < 1:
            raise ValueError(f"call.collect_digits: length is {length}; give at least 1, or None")
        if not 0 < timeout < float("inf"):
            raise ValueError(f"call.collect_digits: timeout is {timeout!r}; give a positive number of seconds")
        if not re.fullmatch(f"[{KEYS}]?", finish):
            raise ValueError(f"call.collect_digits: finish is {finish!r}; give one key of {KEYS}, or nothing")
        return self.ask(CollectDigits(length, timeout, finish, secret))

    def send_sms(self, text: str, to: str = "") -> Pending[str]:
        """A text message from the number that this call is with: to the other end, or to another number (E.164).

        Its SID. This, and what is about recordings, needs the account's REST credentials, and raises ToolError where
        Twilio refuses or the call is over.
        """
        if not text.strip():
            raise ValueError("call.send_sms: there is nothing to send; give a text")
        if to and not re.fullmatch(NUMBER, to):
            raise ValueError(f"call.send_sms: {to!r} is no number; give it as +15551234567")
        if not to and self.theirs == WITHHELD:
            raise ToolError("their number is withheld, so nothing can be sent there; ask the caller for a number")
        return self.ask(SendSms(text, to))

    def record(self, notice: str = "") -> Pending[str]:
        """Records both sides as soon as the caller has heard that the call is recorded; the recording's SID.

        That is what the agent's `recording_notice` says at the beginning. If there is none, the `notice` is said first,
        when the agent has been heard; without either this raises ToolError.
        """
        return self.ask(RecordCall(notice.strip()))

    def pause_recording(self) -> Pending[str]:
        """Silence is recorded from now on, as while a card's number is told, until a function resumes it.

        Secret keys pause it themselves: see `collect_digits`.
        """
        return self.ask(PauseRecording())

    def resume_recording(self) -> Pending[str]:
        """The recording goes on; while keys are secret, as soon as they are no more."""
        return self.ask(ResumeRecording())
