"""What callers say who want a function: its name and description in their mouths, and what people say who want
something cancelled, moved, priced or mended, whatever it is.

Those frames are about deeds, never about a trade: a function is found by the verb that it is described with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

CALLER = re.compile(r"\b(?:the|a) (?:guest|caller|customer|user|client|patient)s?\b", re.IGNORECASE)
HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
DEED_WORDS = (
    "add apply arrange ask block book bring buy call cancel change check collect create delete deliver end extend "
    "fetch file find get give lend list look make move notify open order pay place prolong redirect remind remove "
    "renew report request reschedule reserve return schedule send set show start stop submit tell tow track "
    "transfer update"
)
DEEDS = frozenset(DEED_WORDS.split())
ABOUT_IT = frozenset(("availability", "cost", "price", "quote", "rate", "status"))  # of a thing, not the thing

# What a function does (in its name or description), and what is said by those who want it.
FRAMES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(does, re.IGNORECASE), tuple(said.split(" | ")))
    for does, said in (
        (
            r"\b(?:prices?|costs?|rates?|fees?|quote|charges?|postage|tariff|estimate)\b",
            "How much is it? | What does it cost? | What would I pay for it? | Is it expensive? | "
            "What do you charge for it? | What are your prices? | How much do you want for it?",
        ),
        (
            r"\b(?:cancel|delete|call off|off the list|remove)\b",
            "I don't need it any more. | I can't come after all. | Please cancel it. | We won't be coming. | "
            "Take me off the list. | Something has come up. | I won't make it. | Give my place to somebody else.",
        ),
        (
            r"\b(?:change|move|reschedule|postpone|exchange|swap|another day|another time|new date|different day)\b",
            "Can we do another day instead? | I'd like a different time. | It doesn't suit me any more, could we move "
            "it? | I need it later than that. | I can't make it then, what about Monday? | "
            "I already have one, but I need to change it. | Could you put it off? | "
            "I booked, but I need it for the 20th instead. | We would like to come a day later than we said. | "
            "Can I swap it? | I picked the wrong one. | Could we come on Sunday instead?",
        ),
        (
            r"\b(?:book|reserve|make an? (?:new )?(?:appointment|reservation|booking)|schedule)\b",
            "I'd like one. | I need one for tomorrow. | Can you fit me in on Friday? | Put me down for one. | "
            "We are coming on Friday and want it. | Can I come by on Monday? | I'm looking for one. | "
            "Can somebody have a look at it? | I'd like to try it on Saturday.",
        ),
        (
            r"\b(?:available|availability|free|in stock|vacan\w+|openings)\b",
            "Do you have any of them tomorrow? | What is free on Friday? | Is there anything left? | "
            "Are there still some? | Do you have openings?",
        ),
        (
            r"\b(?:track|status|is ready|progress|results?|due|whether)\b|\bwhere\b.*\bis\b|\bwhen\b.*\barrives?\b",
            "Where is it? | When will it be ready? | How is it going with it? | It has not come yet. | "
            "I am still waiting for it. | Is it done yet? | Has it been sent? | Have you finished with it? | "
            "When can I collect it? | I haven't heard anything. | Is there any news? | What happened to it?",
        ),
        (
            r"\b(?:defects?|faults?|break ?down|broken|(?:does not|doesn't) work|puncture|malfunction|problems?)\b",
            "It is broken. | It doesn't work. | Something is wrong with it. | "
            "It broke down, can somebody help me? | It won't start. | I am stuck.",
        ),
        (
            r"\b(?:lost|stolen|theft|missing)\b",
            "Somebody stole it! | I can't find it. | It is gone. | I have lost it. | It has disappeared.",
        ),
        (
            r"\b(?:damaged?|claims?|complaints?|refund|compensat\w+)\b",
            "It arrived broken. | I want my money back. | It is damaged. | I want to be compensated. | "
            "Something is missing from it.",
        ),
        (
            r"\b(?:prolong|extend|longer|additional days)\b",
            "I'd like to keep it longer. | I want it for one more day. | Can I have it for a few more days? | "
            "Can we stay longer?",
        ),
        (
            r"\b(?:return|end an?|hand in|give back|check out)\b",
            "I'm done with it. | I have brought it back. | I want to give it back. | I am finished. | "
            "I left it at the station.",
        ),
        (
            r"\b(?:collect|pick ?up|fetch|tow)\b|\bsend (?:a|the|an) (?:driver|truck|courier|mechanic|technician)\b",
            "I am stuck and can't drive on. | Can somebody come and get it? | Please come by and fetch "
            "it. | I have something that needs picking up. | "
            "Could you send someone? | I am stuck with it.",
        ),
        (
            r"\b(?:renew|refill|repeat)\b",
            "I have run out of it. | I need more of it. | I need a new one. | It is used up.",
        ),
        (
            r"\b(?:update|record|change (?:the|an?|my) (?:address|number|name|phone|e-?mail|details))\b",
            "I have a new one now. | You still have my old details. | It has changed. | I want to give you my new one.",
        ),
        (
            r"\b(?:register|sign up|enrol+|join|new (?:member|customer|client|patient)|open an?|subscribe)\b",
            "I'm new here and would like to join. | How do I become a member? | I have not been with you before. | "
            "Can you take us on? | Put me on your list, please.",
        ),
        (
            r"\b(?:end|terminate|close|stop|quit|disconnect)\b",
            "I want to leave. | I am moving away. | I don't want it any longer. | How do I get out of it?",
        ),
        (
            r"\b(?:pause|freeze|hold|suspend|interrupt|defer)\b",
            "Can we put it on hold? | I will be away for some weeks. | I need a break from it. | Keep it for me.",
        ),
        (
            r"\b(?:again|resend|duplicate|copy|receipt|another copy)\b",
            "It never arrived. | I did not get it. | I have deleted it. | Can you send it once more?",
        ),
        (
            r"\b(?:on a day|programme|timetable|schedule of|upcoming|events?)\b",
            "What is on tomorrow? | Is there anything good on? | What do you have at the weekend?",
        ),
        (
            r"\b(?:buy|sell|purchase|tickets?)\b",
            "I'd like two for Saturday. | Could I have four of them? | There are two of us. | Just one, for me.",
        ),
        (
            r"\b(?:bill|invoice|instal+ments?)\b",
            "I got a letter from you. | That is much more than I expected. | I can't pay it all at once. | "
            "What do I owe?",
        ),
        (
            r"\b(?:find|nearest|locate|search|look up)\b",
            "Where is the nearest one? | Is there one near me? | I am looking for one. | Which one is closest?",
        ),
        (
            r"\b(?:text messages?|notif\w+|sms|updates|remind\w*|e-?mail)\b",
            "Let me know by text. | Send me a message when it comes. | Can I be notified on my phone? | "
            "Keep me posted.",
        ),
        (
            r"\b(?:different place|redirect|another address|elsewhere|forward)\b",
            "Please deliver it somewhere else. | Leave it with somebody else. | I have moved, bring it to another "
            "place. | Nobody is at home, put it somewhere safe. | Can it go to a different address?",
        ),
        (
            r"\b(?:payments|transactions|statement)\b",
            "What did I spend my money on? | Has my salary arrived? | Has the money come in? | Go through the "
            "last ones.",
        ),
        (
            r"\b(?:balance|how much money)\b",
            "How much have I got left? | What is in my account? | Do I have enough? | Am I in the red?",
        ),
        (r"\b(?:transfer|pay|wire)\b", "I want to pay somebody. | Send money to somebody. | I owe somebody money."),
        (
            r"\b(?:add|accessor\w+|extras?)\b",
            "Could we have that as well? | I also need one. | I forgot to ask for it. | Put it on too.",
        ),
        (
            r"\b(?:emergency|urgent|strong pain)\b",
            "It hurts so much! | I am in pain. | Somebody is injured. | It is urgent, I need help today. | "
            "It is bleeding.",
        ),
        (
            r"\b(?:bring|room service|order)\b",
            "Could I get some? | Can you bring me one? | I have run out of it. | I need some. | I'm hungry.",
        ),
        (r"\bclean\w*\b", "It is dirty. | Nobody has cleaned here. | Nobody has made the beds."),
        (
            r"\b(?:loan|credit)\b",
            "I need to borrow money. | Can you lend me money? | We want to finance something. | Could I get "
            "some credit?",
        ),
        (r"\b(?:lend|replacement|courtesy)\b", "I need one in the meantime. | Could I borrow one?"),
    )
)

EVERYBODY = tuple(frame for _, frames in FRAMES for frame in frames)


def phrasings(name: str, description: str, parameters: Sequence[str]) -> list[str]:
    """Ways to ask for it: all in one, and its description in the operator's voice and in the caller's.

    `parameters` are their names as said.
    """
    called = spoken(name)
    described = description.strip().rstrip(".") or called
    mine = CALLER.sub("me", described)
    mine = mine[:1].lower() + mine[1:]
    return [f"{called}. Can you {mine}? {', '.join(parameters)}", f"I want you to {mine}"]


def frames(name: str, description: str) -> list[str]:
    """What anybody says who wants such a thing done."""
    about = f"{spoken(name)}. {description}"
    return [frame for does, frames in FRAMES if does.search(about) for frame in frames]


def spoken(name: str) -> str:
    """A name in code as words: trackParcel and track_parcel are "track parcel"."""
    return re.sub(r"[\W_]+", " ", HUMP.sub(" ", name)).lower().strip()
