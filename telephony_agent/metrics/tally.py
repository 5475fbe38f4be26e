"""What has happened since the service started, of all calls: numbers only, of things that are rare.

No label holds a number or a word of a call, and what the model or a peer could make up is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.exposition import generate_latest

from ..live.messages import Interrupted
from ..record.entries import Began, Billed, Entry, Mishaps, Outcome, Searched, ToolRun, Waited
from ..steps import Action, Dial, Event, Lost, Record

# When each series began would be a line more for each, of which nobody asks.
disable_created_metrics()  # type: ignore[no-untyped-call]

COUNTED = frozenset((Record, Dial, Lost, Interrupted))  # the steps that are looked at
EAR = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0)  # seconds; 0.8 is good, 1.2 still is
TOOL = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
WEBHOOK = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 1.0, 3.0)
LAG = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 1.0)  # a frame is 20 ms
EAR_LATENCY = "From the end of the caller's speech, by our own ear, to the agent's first sound, as it leaves us."
MOST = 100  # functions that are told apart, for their names are the model's to make up, and reasons
OTHER = "other"
BY_TOOL = " ended the call"  # how `Outcome.why` ends where a function has decided it, after its name


class Few:
    """The first texts it is given; what is new after `MOST` of them is OTHER."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def __call__(self, text: str) -> str:
        if len(self._known) < MOST:
            self._known.add(text)
        return text if text in self._known else OTHER


class Tally:
    """An observer of the calls. `up`: how many there are now."""

    def __init__(self, up: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)  # the process's memory and processor time, by which calls a core go
        Gauge("telephony_agent_calls_up", "Calls that are up.", registry=self._registry).set_function(up)
        self._begun = self._counter("calls_begun", "Calls answered or placed.", "direction")
        self._ended = self._counter("calls_ended", "Calls that are over, by why.", "why")
        self._tools = self._counter("tool_runs", "Functions run for the model.", "tool", "outcome")
        self._took = self._histogram("tool_seconds", "How long a function ran.", TOOL)
        self._ear = self._histogram("ear_latency_seconds", EAR_LATENCY, EAR)
        self._barge_ins = self._counter("barge_ins", "Interruptions that the model told of.")
        self._dials = self._counter("dials", "Sessions dialled, by whether it was a redial.", "redial")
        self._lost = self._counter("sessions_lost", "Sessions lost or not had, by the mend.", "remedy")
        self._troubles = self._counter("troubles", "What went wrong without an error.", "trouble")
        self._tokens = self._counter("tokens", "Tokens, as the provider counts them.", "kind")
        self._usd = self._counter("usd", "What the model cost, so far as prices are known.")
        self._unpriced = self._counter("unpriced", "Turns and searches whose price nobody knows.")
        self._webhooks = self._histogram("webhook_seconds", "How long Twilio waited.", WEBHOOK, "route")
        self._forged = self._counter("forged", "Requests refused for their signature.", "of")
        self._lag = self._histogram("loop_lag_seconds", "How late the loop is, twice a second.", LAG)
        self._function, self._why = Few(), Few()
        self._dialled: set[str] = set()  # calls that are up, by CallSid

    def _counter(self, name: str, help: str, *labels: str) -> Counter:
        return Counter(f"telephony_agent_{name}", help, labels, registry=self._registry)  # which adds _total to it

    def _histogram(self, name: str, help: str, bounds: Sequence[float], *labels: str) -> Histogram:
        return Histogram(f"telephony_agent_{name}", help, labels, buckets=bounds, registry=self._registry)

    def page(self) -> bytes:
        """All of it, as Prometheus reads it: CONTENT_TYPE_LATEST of its library."""
        return generate_latest(self._registry)

    def observe(self, call_sid: str, step: Event | Action) -> None:
        """A step of a call; of those that are not COUNTED, nothing comes."""
        match step:
            case Record(entry):
                self._record(entry)
                if isinstance(entry, Outcome):
                    self._dialled.discard(call_sid)
            case Dial():
                self._dials.labels("yes" if call_sid in self._dialled else "no").inc()
                self._dialled.add(call_sid)
            case Lost(closing):
                self._lost.labels(closing.remedy.name.lower()).inc()
            case Interrupted():
                self._barge_ins.inc()
            case _:
                pass

    def _record(self, entry: Entry) -> None:
        match entry:
            case Began(direction=direction):
                self._begun.labels("out" if direction.startswith("outbound") else "in").inc()
            case Outcome(why):
                told = "a function" + BY_TOOL if why.endswith(BY_TOOL) else why.partition(":")[0]
                self._ended.labels(self._why(told)).inc()
            case ToolRun(_, took, name, _, response, answered):
                outcome = "failed" if "error" in response else "answered" if answered else "unwanted"
                self._tools.labels(self._function(name), outcome).inc()
                self._took.observe(took)
            case Waited(_, seconds):
                self._ear.observe(seconds)
            case Mishaps(troubles):
                for trouble, times in troubles.items():
                    self._troubles.labels(trouble).inc(times)
            case Billed(_, tokens, usd):
                for kind, count in msgspec.structs.asdict(tokens).items():
                    if count:
                        self._tokens.labels(kind).inc(count)
                self._spend(usd)
            case Searched(usd=usd):
                self._spend(usd)
            case _:
                pass

    def _spend(self, usd: float | None) -> None:
        if usd is None:
            self._unpriced.inc()
        else:
            self._usd.inc(usd)

    # What is of no call.

    def webhook(self, route: str, seconds: float) -> None:
        """A question of Twilio's was answered."""
        self._webhooks.labels(route).observe(seconds)

    def forged(self, what: str) -> None:
        """A `request` or `stream` had no signature of Twilio's."""
        self._forged.labels(what).inc()

    def lag(self, seconds: float) -> None:
        """The loop was late by so much."""
        self._lag.observe(seconds)
