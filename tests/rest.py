"""Twilio's REST API without HTTP: what a call asks of it is done at the offline exchange, on any clock."""

from __future__ import annotations

import asyncio
from typing import Any, assert_never

from telephony_agent.agent import IncomingCall
from telephony_agent.errors import TwilioError
from telephony_agent.offline.phone import twiml as theirs
from telephony_agent.offline.phone.api_calls import COMPLETED
from telephony_agent.offline.phone.call import ENDED, Outgoing, Page, Taped, new_sid
from telephony_agent.offline.phone.exchange import Exchange
from telephony_agent.phone import twiml
from telephony_agent.toolbox.context import (
    Consult,
    Fetch,
    PauseRecording,
    RecordCall,
    Release,
    RestRequest,
    ResumeRecording,
    SendSms,
)
from tests.house import URL

OURS = "+15550100002"
TAKES = 0.2  # seconds
PATIENCE = 10.0  # seconds for an answer


class Rest:
    """`asked`: what was, in order; `refuses`: kinds of request that fail; `silent`: that are done without an answer;
    `takes`: seconds."""

    def __init__(
        self,
        exchange: Exchange,
        refuses: tuple[type[Any], ...] = (),
        silent: tuple[type[Any], ...] = (),
        takes: float = TAKES,
    ) -> None:
        self._exchange, self.refuses, self._silent, self._takes = exchange, refuses, silent, takes
        self.asked: list[RestRequest] = []

    async def arrange(self, request: RestRequest, call: IncomingCall) -> str:
        self.asked.append(request)
        await asyncio.sleep(self._takes)
        if isinstance(request, self.refuses):
            raise TwilioError("refused", 500, 20500)
        sid = self._done(request, call.call_sid)
        if isinstance(request, self._silent):
            await asyncio.sleep(PATIENCE)
            raise TwilioError("no answer")
        return sid

    def _done(self, request: RestRequest, call_sid: str) -> str:
        call = self._exchange.calls[call_sid]
        match request:
            case Consult(to, about, timeout, language):
                url = f"{URL}/twilio/colleague/{call_sid}"
                words = twiml.Words(about, language), twiml.Words("Press 1 to take the call.", language)
                document = tuple(theirs.parse(twiml.consult(*words, url), URL))
                order = self._exchange.order(url="", from_number=OURS, to_number=to, status_url=url)
                return self._exchange.place(order, Outgoing(document=document, timeout=timeout)).sid
            case Release(sid):
                self._exchange.calls[sid].turn(COMPLETED)
                return sid
            case Fetch():
                if call.status not in ENDED:
                    call.turn(Page(f"{URL}/twilio/voice/next"))
                return call_sid
            case RecordCall():
                call.tapes.append(Taped(new_sid("RE"), call_sid, "StartCallRecordingAPI", 2, began=call.now))
                return call.tapes[-1].sid
            case PauseRecording():
                call.tapes[-1].pause(call.now, skips=False)
                return call.tapes[-1].sid
            case ResumeRecording():
                call.tapes[-1].go_on(call.now)
                return call.tapes[-1].sid
            case SendSms():
                return new_sid("SM")
            case _:
                assert_never(request)
