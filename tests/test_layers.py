"""Who may import whom. Adding a file: if no row of `MAY` covers it, give it one; if it waits for something, list it in
`WAITS`, if it is a core, in `PURE` of `test_cores.py`. A row covers a module and all below it unless they have a longer
row; what stands in one room may import its own room. Names are those below `telephony_agent`.
"""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.imports import (
    MODULES,
    PACKAGE,
    ROOT,
    full_names,
    imported,
    imported_of_ours,
    is_below,
    module_of,
    parsed,
)

# room or module            may import these, and what is below them
MAY = {
    "errors": "",
    "audio": "",
    "ear": "",
    "language": "",
    "states": "",
    "outbox": "",
    "record": "",
    "record.store": "errors record",
    "record.migrate": "",
    "record.migrations": "record.tables",
    "record.keeper": "record steps",
    "record.command": "environment errors record",
    "secret": "errors",
    "environment": "errors secret",
    "account_settings": "environment errors",
    "settings": "account_settings environment errors outbound.rules",
    "outbound": "errors",
    "outbound.call_backs": "outbound record",
    "outbound.calling_back": "agent errors outbound",
    "outbound.client": "environment errors",
    "outbound.command": "environment errors outbound record",
    "outbound.dial": "errors outbound.client",
    "outbound.ledger": "outbound record",
    "outbound.placing": "agent errors outbound phone.account pickup record settings steps",
    "outbound.unwanted": "environment errors outbound record",
    "outbound.routes": "access agent briefing calls errors outbound",
    "access": "environment settings",
    "address": "",
    "server": "errors sound_last websocket",
    "sound_last": "",
    "websocket": "sound_last",
    "toolbox": "errors",
    "toolbox.context": "errors policies record",
    "toolbox.declare": "errors toolbox",
    "toolbox.run": "errors agent toolbox.context toolbox.declare",
    "policies": "errors",
    "person": "",
    "phrases": "record",
    "disclosure": "",
    "agent": "errors live.options phrases policies record toolbox.declare",
    "aloud": "audio errors live.closing live.messages live.models live.options live.setup phone.playback",
    "clips": "agent aloud audio errors live.closing live.options live.setup phone.playback",
    "choosing": "agent briefing errors toolbox.run",
    "outcomes": "agent record steps",
    "metrics": "live.messages record.entries steps",
    "metrics.routes": "access metrics",
    "phone": "errors",
    "phone.connection": "websocket",
    "live": "errors",
    "live.connection": "environment live settings sound_last websocket",
    "live.sound": "errors",
    "live.tool_desk": "errors live.messages toolbox",
    "live.audio_conversation": "live outbox",
    "live.session": "agent errors live toolbox",
    "live.live_model": "agent briefing live offline.model.process settings",
    "live.providers": "errors live settings",
    "money": "agent errors live.messages live.models live.profiles live.setup live.tokens record",
    "money.price_file": "errors live.providers money settings",
    "money.command": "environment errors live.models live.options money settings",
    "briefing": "agent errors guards live.fitting live.languages live.messages live.models live.setup record",
    "steps": "phone.messages live.messages live.closing live.requests live.setup record toolbox.context",
    "keypad": "record states steps toolbox.context",
    "outing": "briefing record states steps",
    "consulting": "record steps toolbox.context",
    "desk": "agent errors steps toolbox.context",
    "voice": "audio phone.messages phone.playback record",
    "guards": "ear language live.messages record states",
    "hearing": "audio live.messages live.requests record",
    "errands": "live.messages record steps",
    "memory": "live.profiles live.requests live.tokens record",
    "conversation": "briefing errands hearing live.messages memory phone.messages phone.playback record states steps "
    "voice",
    "floor": "conversation ear goodbye guards live.messages live_end phone.playback record.entries states steps "
    "toolbox.context",
    "goodbye": "phone.playback record states",
    "idle": "states",
    "pickup": "disclosure record states",
    "live_end": "agent briefing live.closing live.link live.models live.requests memory record states steps",
    "phone_end": "states",
    "course": "agent briefing consulting conversation disclosure floor goodbye guards idle keypad live.closing "
    "live.messages live_end money on_hold outing phone.playback phone_end pickup record states steps taping "
    "toolbox.context",
    "asked": "briefing consulting course on_hold record states steps toolbox.context",
    "taping": "steps toolbox.context",
    "on_hold": "audio",
    "call": "asked briefing conversation live.messages live.closing person phone.messages phone.playback record states "
    "steps toolbox.context",
    "bridge": "agent call desk errors live.messages live.closing live.notices money.prices outbox phone.messages "
    "phone.playback phone.reading record steps toolbox",
    "calls": "agent bridge choosing live.closing money.prices outcomes outing phone.messages phone.playback "
    "phone.twiml record states steps toolbox.run",
    "phone.account": "account_settings errors settings",
    "phone.control": "agent errors phrases phone.account phone.twiml toolbox.context",
    "numbers": "account_settings errors phone.account settings",
    "builtin": "errors phrases record toolbox",
    "phone.door": "access phone.signature settings",
    "phone.webhooks": "access phone agent calls errors phrases policies record settings",
    "console": "access agent calls live.messages phone.connection phone.signature record steps",
    "app": "access agent briefing calls clips console errors live metrics money offline.model.process outbound "
    "phone.account phone.control phone.door phone.webhooks record settings steps",
    # The other ends share no spelling with ours, nor with each other: a mistake must not agree with itself.
    "offline": "",
    "offline.phone": "errors",
    "offline.model": "errors",
    "demo": "agent app audio environment errors live.messages logs offline record server settings steps toolbox",
    "doctor": "__init__ agent audio briefing environment errors live money numbers offline.model.process "
    "offline.model.weights outbound.callee phone.account phone.signature server settings toolbox.run",
    "init": "__init__ errors",
    "live_server": "address environment errors logs offline.model",
    "logs": "",
    "telephone": "address environment errors offline server",
    "audition": "aloud audio errors live phone.playback offline.model.process settings",
    "tunnel": "errors server",
    "tunnel.command": "app numbers server settings sound_last toolbox.run tunnel",
    "__main__": "__init__ app environment errors logs server settings toolbox.run tunnel",
    "__init__": "agent app errors live.live_model live.options policies record toolbox.context toolbox.declare",
}

# What waits: it may import what the others may not, and only its like may import it.
WAITS = {
    "__init__",
    "__main__",
    "access",
    "account_settings",
    "aloud",
    "app",
    "audition",
    "bridge",
    "builtin",
    "calls",
    "choosing",
    "clips",
    "console.feed",
    "console.routes",
    "desk",
    "demo.command",
    "demo.conversation",
    "demo.document",
    "demo.retelling",
    "demo.run",
    "demo.telephone",
    "demo.verdict",
    "doctor.ask",
    "doctor.case",
    "doctor.check",
    "doctor.check_account",
    "doctor.check_certificate",
    "doctor.check_fit",
    "doctor.check_model",
    "doctor.check_number",
    "doctor.check_offline",
    "doctor.check_public",
    "doctor.check_sound",
    "doctor.check_webhook",
    "doctor.examine",
    "doctor.interview",
    "doctor.network",
    "doctor.phoning.stage",
    "doctor.phoning.visit",
    "doctor.phoning.wire",
    "doctor.probe",
    "doctor.question",
    "doctor.questions.mistakes",
    "doctor.questions.sessions",
    "doctor.questions.turns",
    "environment",
    "init.command",
    "live_server",
    "live.adc",
    "live.audio_conversation",
    "live.channel",
    "live.connection",
    "live.live_model",
    "live.providers",
    "live.session",
    "live.tool_desk",
    "live.wav",
    "money.command",
    "money.price_file",
    "offline.model.choosing",
    "offline.model.command",
    "offline.model.distant",
    "offline.model.front",
    "offline.model.line",
    "offline.model.meaning",  # a lock: the weights are shared by all calls
    "offline.model.process",
    "offline.model.ranking",
    "offline.model.request",
    "offline.model.real",
    "offline.model.router",
    "offline.model.server",
    "offline.model.voices",
    "offline.phone.acting",
    "offline.phone.api",
    "offline.phone.api_account",
    "offline.phone.api_calls",
    "offline.phone.api_rooms",
    "offline.phone.call",
    "offline.phone.collecting",
    "offline.phone.command",
    "offline.phone.dialling",
    "offline.phone.exchange",
    "offline.phone.network",
    "offline.phone.people",
    "offline.phone.performing",
    "offline.phone.phone",
    "offline.phone.stream",
    "offline.phone.streaming",
    "offline.phone.webhook",
    "metrics.routes",
    "metrics.timing",
    "numbers.attaching",
    "numbers.command",
    "outbox",
    "outcomes",
    "record.command",
    "record.keeper",
    "record.migrate",
    "record.migrations.env",
    "record.migrations.versions.step_0001",
    "record.migrations.versions.step_0002",
    "record.migrations.versions.step_0003",
    "record.migrations.versions.step_0004",
    "record.migrations.versions.step_0005",
    "record.store",
    "record.tables",
    "outbound.call_backs",
    "outbound.calling_back",
    "outbound.client",
    "outbound.command",
    "outbound.dial",
    "outbound.ledger",
    "outbound.placing",
    "outbound.routes",
    "outbound.unwanted",
    "phone.account",
    "phone.connection",
    "phone.control",
    "phone.door",
    "phone.webhooks",
    "secret",
    "server",
    "settings",
    "sound_last",
    "telephone",
    "toolbox.run",
    "tunnel.child",
    "tunnel.command",
    "tunnel.leash",
    "tunnel.serving",
    "websocket",
}
WAITING = {
    "anyio",
    "asyncio",
    "redis",
    "socket",
    "sqlalchemy",
    "ssl",
    "starlette",
    "threading",
    "time",
    "twilio",
    "uvicorn",
    "websockets",
}
COMPUTING = ("twilio.request_validator", "twilio.twiml")

# What only loads with an extra, or is large and seldom needed, is imported where it is needed, not at the top.
LATE = {
    "live.adc",
    "offline.model.distant",
    "offline.model.real",
    "offline.model.recogniser",
    "offline.model.voices",
    "outbound.zones",
    "record.migrate",
    "tunnel.command",
}


def _room(module: str) -> str | None:
    return max((room for room in MAY if is_below(module, room)), key=len, default=None)


def test_all_modules_are_found() -> None:
    assert len(MODULES) > 50
    assert {"__init__", "__main__", "call", "phone", "phone.messages", "offline.model.session"} <= MODULES.keys()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_its_row_says(module: str) -> None:
    room = _room(module)
    assert room is not None, f"{module} has no row in MAY"
    may = [room, *MAY[room].split()]
    strangers = sorted(each for each in imported_of_ours(module) if not any(is_below(each, one) for one in may))
    assert not strangers, f"{module} may not import {', '.join(strangers)}"


@pytest.mark.parametrize("module", sorted(MODULES.keys() - WAITS))
def test_what_does_not_wait_imports_nothing_that_does(module: str) -> None:
    waiting = sorted(
        full for full in imported(MODULES[module]) if full.split(".")[0] in WAITING and not full.startswith(COMPUTING)
    )
    assert not waiting, f"{module} imports {', '.join(waiting)}, but is not listed in WAITS"
    shells = sorted(imported_of_ours(module) & WAITS)
    assert not shells, f"{module} imports {', '.join(shells)}, which waits"


def test_every_row_is_about_something_that_exists() -> None:
    named = {*MAY, *WAITS, *LATE, *(one for may in MAY.values() for one in may.split())}
    assert not named - MODULES.keys()
    assert not [room for room in MAY if room not in {_room(module) for module in MODULES}]


def test_nothing_imports_itself_by_a_detour() -> None:
    try:
        TopologicalSorter({module: imported_of_ours(module) for module in MODULES}).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("module", MODULES)
def test_imports_stand_at_the_top_for_all_to_see(module: str) -> None:
    tree = parsed(MODULES[module])
    top = {id(node) for node in tree.body}
    optional = {id(node) for block in tree.body if isinstance(block, ast.Try) for node in block.body}
    hidden = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in top | optional and not _late(node, module)
    ]
    assert not hidden, f"{module} imports in line {hidden[0]} what should be imported at its top"
    words = {getattr(node, attribute, None) for node in ast.walk(tree) for attribute in ("id", "attr", "name")}
    assert "TYPE_CHECKING" not in words


def _late(node: ast.Import | ast.ImportFrom, module: str) -> bool:
    return {module_of(full) for full in full_names(node, MODULES[module])} <= LATE


@pytest.mark.parametrize("file", sorted((ROOT / "tools").glob("*.py")), ids=lambda file: file.stem)
def test_the_operator_s_files_need_no_more_than_our_vocabulary(file: Path) -> None:
    ours = {full for full in imported(file) if full.split(".")[0] == PACKAGE}
    assert not [full for full in ours if full.count(".") > 1]
