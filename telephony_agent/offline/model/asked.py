"""What a client or a function tells the model to say, turned into what the model says: a few verbs, no language model.

"Greet the caller in one short sentence and ask how you can help." becomes "Hello! How can I help you?"
"""

from __future__ import annotations

import json
import re

from telephony_agent.offline.model.answers import sentence, spoken

QUOTED = re.compile(r"[\"“](?P<words>[^\"”]+)[\"”]")
AFTER_COLON = re.compile(
    r"(?:^|[.?!] )[^.?!]*\b(?:say|greet|tell|answer|read)\b[^.?!:]*:\s*(?P<words>.+)$", re.IGNORECASE | re.DOTALL
)
THEN = re.compile(r"\s*Then do this:(?P<what>.+)", re.DOTALL)
LATE_RESULT = re.compile(r"has answered:\s*(?P<response>\{.*\})\s*$", re.DOTALL)
SENTENCE = re.compile(r"(?<=[.!?;])\s+")
CLAUSE = re.compile(r",? and (?:then )?|, then |, ")
MANNER = re.compile(
    r",? ?\b(?:in (?:one|a|two)\b[\w ]*?\bsentences?|in short|briefly|warmly|politely|kindly|shortly|please|first)\b",
    re.IGNORECASE,
)
SWAPPED = {
    "the caller's": "your",
    "the caller": "you",
    "they are": "are you",
    "they": "you",
    "them": "you",
    "their": "your",
    "themselves": "yourself",
    "you": "I",
    "your": "my",
    "yourself": "myself",
}
SWAP = re.compile(r"\b(?:" + "|".join(sorted(SWAPPED, key=len, reverse=True)) + r")(?!\w)", re.IGNORECASE)
SUBJECTS = {  # whom a statement begins with: further on, they may be anybody
    "the caller is": "you are",
    "the caller has": "you have",
    "the caller's": "your",
    "the caller": "you",
    "they": "you",
    "their": "your",
}
SUBJECT = re.compile(r"^(?:" + "|".join(SUBJECTS) + r")(?!\w)", re.IGNORECASE)

WHOM = r"(?:the caller |them |him |her |the guest |the customer )?"
VERBS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"^{verb}$", re.IGNORECASE), says)
    for verb, says in (
        (
            r"(?:greet|welcome)(?: the caller| them)? (?:to|at|for|from|on behalf of) (?P<rest>.+)",
            "Hello, welcome to {rest}.",
        ),
        (r"(?:greet|welcome|say (?:hello|hi))\b.*", "Hello!"),
        (rf"thank {WHOM}(?P<rest>for .+)", "Thank you {rest}."),
        (r"thank\b.*", "Thank you!"),
        (r"introduce yourself(?: as (?P<rest>.+))?", "This is {rest}."),
        (rf"ask {WHOM}(?:how|what) you (?:can|may) (?P<rest>help|do).*", "How can I help you?"),
        (rf"ask {WHOM}(?:how|what) else you (?:can|may) (?P<rest>help|do).*", "How else can I help you?"),
        (rf"ask {WHOM}(?:whether|if) they are (?P<rest>.+)", "Are you {rest}?"),
        (rf"ask {WHOM}(?:whether|if) they (?P<rest>have|want|need|would .+)", "Do you {rest}?"),
        (rf"ask {WHOM}(?:whether|if) (?P<rest>.+)", "May I ask whether {rest}?"),
        (rf"(?:tell|ask|remind) {WHOM}not to (?P<rest>.+)", "Please do not {rest}."),
        (r"ask (?:the caller|them|the guest|the customer) to (?P<rest>.+)", "Please {rest}."),
        (rf"ask {WHOM}for (?P<rest>.+)", "May I have {rest}, please?"),
        (rf"ask {WHOM}(?P<rest>.+)", "May I ask {rest}?"),
        (r"say (?:good ?bye|bye|farewell)\b.*", "Goodbye!"),
        (r"(?:apologi[sz]e|say (?:that you are )?sorry)\b.*", "I am sorry."),
        (rf"(?:tell|remind) {WHOM}to (?P<rest>.+)", "Please {rest}."),
        (rf"(?:tell|remind|inform) {WHOM}(?:that )?(?P<rest>.+)", "{rest}."),
        (r"say that (?P<rest>.+)", "{rest}."),
    )
)
SAY_SO = re.compile(r"^(?:say so\b|tell (?:the (?:caller|guest|customer)|them)(?: so)?$)", re.IGNORECASE)
TO_THE_MODEL = (  # and never to a caller, as "tell them your name" may be
    r"(?:tell|ask|remind|inform|thank|greet) the (?:caller|guest|customer)\b",
    r"tell them(?: so)?(?=[,.;]|$)",
    r"say (?:so|sorry|good ?bye)\b",
    r"apologi[sz]e\b",
    r"ask (?:whether|if) they\b",
    r"ask how (?:else )?you\b",
)
ADVICE = re.compile(rf"(?:^|[.!?;,] (?:and |then |please )*)(?:{'|'.join(TO_THE_MODEL)})", re.IGNORECASE)
WHOLE = re.compile(r"(?<=[.!?])\s+")


def words_for(prompt: str) -> str | None:
    """What to say on this instruction; None if it is none that we understand, so perhaps the words of a caller."""
    prompt = prompt.strip()
    if late := LATE_RESULT.search(prompt):
        return _result(late["response"])
    if quoted := QUOTED.search(prompt):
        then = THEN.match(prompt, quoted.end())
        return " ".join(filter(None, (quoted["words"].strip(), then and words_for(then["what"]))))
    if given := AFTER_COLON.search(prompt):
        return given["words"].strip()
    said: list[str] = []
    statement = ""
    for part in SENTENCE.split(prompt):
        clauses = [_clause(clause, statement) for clause in CLAUSE.split(MANNER.sub("", part.rstrip(" .!;")))]
        said += [clause for clause in clauses if clause]
        statement = part
    return " ".join(said) or None


def followed(result: str) -> str:
    """What a function gave, for the caller: advice for the model in it is followed, and the caller is "you"."""
    advised = ADVICE.search(result)  # else "they" may be anybody
    said: list[str | None] = []
    for part in WHOLE.split(result):
        if ADVICE.search(part):
            said.append(words_for(part))
        elif advised and SUBJECT.match(part) and re.search(r"\byou\b", part):
            continue  # about the caller and the model, as that they hear it again: not for them
        else:
            said.append(_stated(part) if advised or part.startswith("The caller") else part)
    return " ".join(filter(None, said)) or "Done."


def _stated(statement: str) -> str:
    """To the caller, if it is about them."""
    return sentence(SUBJECT.sub(lambda word: SUBJECTS[word[0].lower()], statement).rstrip(";"))


def _clause(clause: str, before: str) -> str | None:
    clause = clause.strip()
    if SAY_SO.match(clause):
        return _stated(before)
    for verb, says in VERBS:
        if match := verb.match(clause):
            rest = match.groupdict().get("rest") or ""
            turned = SWAP.sub(lambda word: SWAPPED[word[0].lower()], rest).strip()
            return sentence(says.format(rest=turned)) if turned or "{rest}" not in says else None
    return None


def _result(response: str) -> str | None:
    try:
        return followed(spoken(json.loads(response)))
    except ValueError:
        return None
