"""What has happened since the service started, of all calls: numbers only, of things that are rare.

No label holds a number or a word of a call. What the model or a peer could make up is bounded: see `exposition`.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ..live.messages import Interrupted
from ..record.entries import Began, Billed, Entry, Mishaps, Outcome, Searched, ToolRun, Waited
from ..steps import Action, Dial, Event, Lost, Record
from .exposition import Counter, Gauge, Histogram, Metric, page

COUNTED = frozenset((Record, Dial, Lost, Interrupted))  # the steps that are looked at
EAR = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0)  # seconds; 0.8 is good, 1.2 still is
TOOL = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
WEBHOOK = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 1.0, 3.0)
LAG = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 1.0)  # a frame is 20 ms
BY_TOOL = " ended the call"  # how `Outcome.why` ends where a function has decided it, after its name


class Tally:
    """An observer of the calls. `up`: how many there are now."""

    def __init__(self, up: Callable[[], int]) -> None:
        self._up = Gauge("telephony_agent_calls_up", "Calls that are up.", up)
        self._begun = Counter("telephony_agent_calls_begun_total", "Calls answered or placed.", "direction")
        self._ended = Counter("telephony_agent_calls_ended_total", "Calls that are over, by why.", "why")
        self._tools = Counter("telephony_agent_tool_runs_total", "Functions run for the model.", "tool", "outcome")
        self._took = Histogram("telephony_agent_tool_seconds", "How long a function ran.", TOOL)
        self._ear = Histogram(
            "telephony_agent_ear_latency_seconds",
            "From the end of the caller's speech, by our own ear, to the agent's first sound, as it leaves us.",
            EAR,
        )
        self._barge_ins = Counter("telephony_agent_barge_ins_total", "Interruptions that the model told of.")
        self._dials = Counter("telephony_agent_dials_total", "Sessions dialled, by whether it was a redial.", "redial")
        self._lost = Counter("telephony_agent_sessions_lost_total", "Sessions lost or not had, by the mend.", "remedy")
        self._troubles = Counter("telephony_agent_troubles_total", "What went wrong without an error.", "trouble")
        self._tokens = Counter("telephony_agent_tokens_total", "Tokens, as the provider counts them.", "kind")
        self._usd = Counter("telephony_agent_usd_total", "What the model cost, so far as prices are known.")
        self._unpriced = Counter("telephony_agent_unpriced_total", "Turns and searches whose price nobody knows.")
        self._webhooks = Histogram("telephony_agent_webhook_seconds", "How long Twilio waited.", WEBHOOK, "route")
        self._forged = Counter("telephony_agent_forged_total", "Requests refused for their signature.", "of")
        self._lag = Histogram("telephony_agent_loop_lag_seconds", "How late the loop is, twice a second.", LAG)
        self._dialled: set[str] = set()  # calls that are up, by CallSid

    def page(self) -> str:
        """All of it, for Prometheus."""
        metrics: list[Metric] = [self._up, self._begun, self._ended, self._tools, self._took, self._ear]
        metrics += [self._barge_ins, self._dials, self._lost, self._troubles, self._tokens, self._usd, self._unpriced]
        return page([*metrics, self._webhooks, self._forged, self._lag])

    def observe(self, call_sid: str, step: Event | Action) -> None:
        """A step of a call; of those that are not COUNTED, nothing comes."""
        match step:
            case Record(entry):
                self._record(entry)
                if isinstance(entry, Outcome):
                    self._dialled.discard(call_sid)
            case Dial():
                self._dials.add("yes" if call_sid in self._dialled else "no")
                self._dialled.add(call_sid)
            case Lost(closing):
                self._lost.add(closing.remedy.name.lower())
            case Interrupted():
                self._barge_ins.add()
            case _:
                pass

    def _record(self, entry: Entry) -> None:
        match entry:
            case Began(direction=direction):
                self._begun.add("out" if direction.startswith("outbound") else "in")
            case Outcome(why):
                self._ended.add("a function" + BY_TOOL if why.endswith(BY_TOOL) else why.partition(":")[0])
            case ToolRun(_, took, name, _, response, answered):
                self._tools.add(name, "failed" if "error" in response else "answered" if answered else "unwanted")
                self._took.add(took)
            case Waited(_, seconds):
                self._ear.add(seconds)
            case Mishaps(troubles):
                for trouble, times in troubles.items():
                    self._troubles.add(trouble, by=times)
            case Billed(_, tokens, usd):
                for kind, count in msgspec.structs.asdict(tokens).items():
                    if count:
                        self._tokens.add(kind, by=count)
                self._spend(usd)
            case Searched(usd=usd):
                self._spend(usd)
            case _:
                pass

    def _spend(self, usd: float | None) -> None:
        if usd is None:
            self._unpriced.add()
        else:
            self._usd.add(by=usd)

    # What is of no call.

    def webhook(self, route: str, seconds: float) -> None:
        """A question of Twilio's was answered."""
        self._webhooks.add(seconds, route)

    def forged(self, what: str) -> None:
        """A `request` or `stream` had no signature of Twilio's."""
        self._forged.add(what)

    def lag(self, seconds: float) -> None:
        """The loop was late by so much."""
        self._lag.add(seconds)
