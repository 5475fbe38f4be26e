"""How the service says no: to a wrong key, to mistakes of ours, to fields that this model does not have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...live import providers
from ...live.connection import Address
from ..answers import Answer, answered, undecided
from ..interview import Interview, NoWay, Refused, Session
from ..question import Question

MADE_UP = "AIza" + "0" * 35  # has the form of a key, and is none
SOON = 5.0  # seconds in which a refusal comes, if it comes
ANSWER = 10.0  # seconds in which a word is said
BRIEF = "Say the word yes."


async def wrong_key(ask: Interview) -> Answer:
    if ask.settings.is_ephemeral:
        return undecided("a token is no key; ask with an API key")
    ours = await ask.address()
    try:
        async with ask.session(address=Address(ours.url, {**ours.headers, "x-goog-api-key": MADE_UP})) as session:
            closing = await session.ends(SOON)
            return answered(closing or "a key that was made up opens a session")
    except Refused as refused:
        return answered(f"refused: {refused}")


NOTHING: dict[str, Any] = {}
MISTAKES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {  # what differs in the setup, and what is sent after it
    "a voice that does not exist": (
        {"generationConfig": {"speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Nobody"}}}}},
        NOTHING,
    ),
    "a field that does not exist": ({"noSuchField": 1}, NOTHING),
    "a handle that nobody gave": ({"sessionResumption": {"handle": "00000000-0000-0000-0000-000000000000"}}, NOTHING),
    "a second setup": (NOTHING, {"setup": {"model": "models/no-such-model"}}),
    "activityStart while the server listens for speech": (NOTHING, {"realtimeInput": {"activityStart": {}}}),
    "a turn without a role": (
        NOTHING,
        {"clientContent": {"turns": [{"parts": [{"text": "Hello"}]}], "turnComplete": True}},
    ),
    "an answer to a call that nobody made": (
        NOTHING,
        {"toolResponse": {"functionResponses": [{"id": "no-such-call", "name": "nothing", "response": {}}]}},
    ),
}


async def mistakes(ask: Interview) -> Answer:
    nobody = providers.model(replace(ask.settings, live_model="no-such-model"))
    facts = {}
    for name, (setup, message) in {**MISTAKES, "a model that does not exist": ({"model": nobody}, NOTHING)}.items():
        try:
            async with ask.session(setup) as session:
                if message:
                    await session.says(message)
                facts[name] = await session.ends(SOON) or "taken"
        except Refused as refused:
            facts[name] = f"refused: {refused}"
    return answered(f"{sum(told != 'taken' for told in facts.values())} of {len(facts)} are refused", **facts)


FIELDS: dict[str, dict[str, Any]] = {
    "languageCode": {"generationConfig": {"speechConfig": {"languageCode": "en-US"}}},
    "thinkingBudget": {"generationConfig": {"thinkingConfig": {"thinkingBudget": 0}}},
    "thinkingLevel": {"generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}}},
    "enableAffectiveDialog": {"generationConfig": {"enableAffectiveDialog": True}},
    "proactiveAudio": {"proactivity": {"proactiveAudio": True}},
    "historyConfig": {"historyConfig": {"initialHistoryInClientContent": True}},
    "contextWindowCompression": {"contextWindowCompression": {"triggerTokens": 8000, "slidingWindow": {}}},
    "explicitVadSignal": {"explicitVadSignal": True},
    "labels": {"labels": {"asked-by": "probe"}},
    "safetySettings": {
        "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_ONLY_HIGH"}],
    },
    "interimTranscriptTimestampEnabled": {"realtimeInputConfig": {"interimTranscriptTimestampEnabled": True}},
    "transparent resumption": {"sessionResumption": {"transparent": True}},
}


async def fields(ask: Interview) -> Answer:
    facts = {}
    for name, setup in FIELDS.items():
        try:
            async with ask.session(setup) as session:
                facts[name] = await _used(session)
        except Refused as refused:
            facts[name] = f"refused: {refused}"
    return answered(f"{sum(told == 'taken' for told in facts.values())} of {len(facts)} are taken", **facts)


async def _used(session: Session) -> str:
    """Some fields are taken, and the first content after them is not. With others the first turn is history only."""
    for _ in range(2):
        await session.tells(BRIEF)
        turn = await session.turn(within=ANSWER)
        if session.closing:
            return f"refused at the first turn: {session.closing}"
        if turn.answered:
            return "taken"
    return "taken, but nothing was said"


async def everywhere(ask: Interview) -> Answer:
    if ask.settings.is_express:
        return undecided("a location is a project's; ask with GOOGLE_CLOUD_PROJECT")
    model = f"projects/{ask.settings.google_cloud_project}/locations/global/publishers/google/models"
    ours = await ask.address()
    path = "/ws/" + ours.url.partition("/ws/")[2]
    try:
        address = Address(f"{ask.settings.live_url or 'wss://aiplatform.googleapis.com'}{path}", ours.headers)
        async with ask.session({"model": f"{model}/{ask.settings.live_model}"}, address):
            return answered("a session opens there")
    except Refused as refused:
        return answered(f"refused: {refused}")
    except NoWay as error:
        return undecided(str(error))


QUESTIONS = (
    Question(
        name="wrong-key",
        asks="How is a key refused that is plainly none?",
        believed="by HTTP status, or a close with 1007 and 'API key not valid'",
        ask=wrong_key,
        providers=("gemini", "firebase"),
    ),
    Question(
        name="mistakes",
        asks="How is each mistake of a client refused?",
        believed="1007 for what is malformed, 1008 for what is not found",
        ask=mistakes,
        sessions=len(MISTAKES) + 1,
        turns=1,
        said=2,
        limit=len(MISTAKES) * 25.0,
    ),
    Question(
        name="fields",
        asks="Which of the newer fields of the setup does this model take?",
        believed="it differs per model; some are taken and the first turn after them is refused",
        ask=fields,
        sessions=len(FIELDS),
        turns=len(FIELDS),
        said=1.0 * len(FIELDS),
        limit=len(FIELDS) * 35.0,
    ),
    Question(
        name="global",
        asks="Does Vertex AI's location `global` have the Live API?",
        believed="no; one source lists an address for it",
        ask=everywhere,
        providers=("vertex",),
    ),
)
