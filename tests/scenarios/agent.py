r"""The agents that the scenarios of this folder are played against, by the tests and by hand.

    telephony-agent serve tests.scenarios.agent:warm
    telephony-agent ring http://127.0.0.1:8080/twilio/voice --api-port 8090 \
        --scenario tests/scenarios/warm_transfer.yaml

Both with TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_API_URL=http://127.0.0.1:8090 in the environment.
"""

from __future__ import annotations

from telephony_agent import Agent, CallContext, tool

PERSON = "+12025550177"


@tool
async def fetch_person(call: CallContext) -> str:
    """Put the caller through to a person."""
    call.transfer(PERSON)
    return "I put you through."


@tool(timeout=90, needs_account=True)
async def fetch_colleague(call: CallContext) -> str:
    """Ask a colleague to take the call, and put the caller through."""
    if not await call.consult(PERSON, "Somebody would like to book a table for twelve."):
        return "I am sorry, my colleague can't take the call."
    call.join()
    return "My colleague takes your call. One moment, please."


@tool
async def take_message(call: CallContext) -> str:
    """Let the caller leave a message."""
    call.take_message()
    return "You may leave one."


INSTRUCTIONS = "You answer the telephone of a small restaurant. Be brief."
agent = Agent(instructions=INSTRUCTIONS, greeting="Say hello.", disclosure=None, tools=[fetch_person, take_message])
warm = Agent(instructions=INSTRUCTIONS, greeting="Say hello.", disclosure=None, tools=[fetch_colleague])
