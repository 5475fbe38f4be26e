"""What is kept of calls: in real SQLite files."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from telephony_agent.errors import ConfigError
from telephony_agent.record import migrate, tables
from telephony_agent.record.entries import (
    AgentTurn,
    Aside,
    Began,
    Bill,
    Billed,
    CallerTurn,
    Entry,
    Mishaps,
    Next,
    Noted,
    Outcome,
    Searched,
    Tokens,
    ToolRun,
    Unanswered,
    Waited,
)
from telephony_agent.record.store import FILE, LATEST, UTC, Kept, Store

CALL, OTHER = "CA" + "1" * 32, "CA" + "2" * 32
NOON = dt.datetime(2026, 11, 22, 12, tzinfo=UTC)
BEGAN = Began(0.0, "AC1", "inbound", "+12025550143", "+12025550188", "The Copper Pot", "models/gemini-3.8-live")
USED = Tokens(text_in=1000, audio_in=200, audio_out=34, thoughts=28, transcripts=9, cached=7)
STORY: tuple[tuple[float, Entry], ...] = (
    (0, BEGAN),
    (1, AgentTurn(1.0, "model", "Hello, how can I help?", "Hello, how", 1500, 700)),
    (2, CallerTurn(2.0, "A table for Łódź, please.")),
    (3, ToolRun(3.0, 0.25, "book", {"day": dt.date(2026, 11, 27), "people": 4}, {"result": "done"}, True)),
    (4, Aside(4.0, "thought", "The caller wants a table.")),
    (4.5, Waited(4.5, 0.62)),
    (5, Noted(5.0, "stream-status", {"StreamEvent": "stream-stopped"})),
    (6, Mishaps({"silence": 1}, {"nudge": 1})),
    (6, Billed(6.0, USED, 0.0012)),
    (6, Searched(6.0, ["when is noon"], [("Noon", "https://a.example")], "<b>noon</b>", 0.014)),
    (7, Outcome("the caller hung up", Next.HANG_UP, 7.5, Bill(USED, 1, 0.0152))),
)

VAIN = Unanswered(9.0, "AC1", "+12025550188", "+12025550143", "busy")


def kept(story: tuple[tuple[float, Entry], ...] = STORY, sid: str = CALL, start: dt.datetime = NOON) -> list[Kept]:
    return [Kept(sid, start + dt.timedelta(seconds=at), entry) for at, entry in story]


def test_nobody_else_on_the_machine_reads_what_was_said(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path) as store:
        store.write(kept())
        files = sorted(tmp_path.glob(f"{FILE}*"))
        assert len(files) > 1  # SQLite's own beside it, too
        assert {oct(file.stat().st_mode & 0o777) for file in files} == {"0o600"}


def test_what_an_older_version_left_open_to_others_is_closed_to_them(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path) as store:
        store.write(kept())
        files = sorted(tmp_path.glob(f"{FILE}*"))
        assert len(files) == 3
        for file in files:
            file.chmod(0o644)
        with Store.in_folder(tmp_path) as again:  # of another process, as `telephony-agent calls`
            assert again.of(CALL)
        assert {oct(file.stat().st_mode & 0o777) for file in files} == {"0o600"}


def test_a_call_is_read_as_it_was_written(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path) as store:
        store.write(kept())
        (call,) = store.of(CALL)
    assert (call.began, call.caller, call.agent) == (NOON, "+12025550143", "The Copper Pot")
    assert (call.lasted, call.why, call.prompt_tokens, call.response_tokens) == (7.5, "the caller hung up", 1200, 34)
    assert (call.searches, call.usd, call.tokens) == (1, 0.0152, USED)
    assert [each.at for each in call.entries] == [NOON + dt.timedelta(seconds=at) for at, _ in STORY[1:-1]]
    turn, caller, run, aside, waited, noted, billed, mishaps, searched = (each.entry for each in call.entries)
    six = NOON.timestamp() + 6
    assert billed == Billed(six, USED, 0.0012)
    assert searched == Searched(six, ["when is noon"], [("Noon", "https://a.example")], "<b>noon</b>", 0.014)
    assert isinstance(turn, AgentTurn)
    assert (turn.text, turn.heard, turn.sent_ms, turn.heard_ms) == ("Hello, how can I help?", "Hello, how", 1500, 700)
    assert isinstance(caller, CallerTurn)
    assert caller.text == "A table for Łódź, please."
    assert isinstance(run, ToolRun)
    assert (run.took, run.arguments, run.answered) == (0.25, {"day": "2026-11-27", "people": 4}, True)
    assert isinstance(noted, Noted)
    assert (noted.kind, noted.facts) == ("stream-status", {"StreamEvent": "stream-stopped"})
    assert aside == Aside(NOON.timestamp() + 4, "thought", "The caller wants a table.")
    assert mishaps == Mishaps({"silence": 1}, {"nudge": 1})
    assert waited == Waited(NOON.timestamp() + 4.5, 0.62)


def test_it_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path) as store:
        store.write(kept()[:3])
    with Store.in_folder(tmp_path) as store:
        (call,) = store.of(CALL)
        assert call.lasted is None
        assert len(call.entries) == 2


def test_a_call_s_tokens_are_those_of_all_its_turns_and_of_no_other_call(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path) as store:
        store.write(kept()[:2] + kept(((2, Billed(2.0, USED, 0.1)), (3, Billed(3.0, USED, None)))))
        store.write(kept(sid=OTHER, start=NOON + dt.timedelta(days=1))[:2])
        assert [call.tokens for call in store.recent(5)] == [Tokens(), USED + USED]


def test_calls_are_listed_newest_first(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path) as store:
        for day, sid in enumerate((CALL, OTHER)):
            store.write(kept(sid=sid, start=NOON + dt.timedelta(days=day)))
        assert [call.sid for call in store.recent(5)] == [OTHER, CALL]
        assert [call.sid for call in store.recent(1)] == [OTHER]


def test_a_call_that_is_taken_on_after_its_service_died_is_a_second_one(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path) as store:
        store.write(kept()[:2])
    with Store.in_folder(tmp_path) as store:
        store.write(kept(start=NOON + dt.timedelta(minutes=1)))
        first, second = store.of(CALL)
    assert (first.lasted, second.lasted) == (None, 7.5)
    assert (len(first.entries), len(second.entries)) == (1, 9)


def test_what_twilio_tells_after_the_end_still_belongs_to_its_call(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path) as store:
        store.write(kept())
        store.write(kept(((60, Noted(60.0, "recording", {"RecordingStatus": "completed"})),)))
        (call,) = store.of(CALL)
    assert call.entries[-1].entry == Noted(NOON.timestamp() + 60, "recording", {"RecordingStatus": "completed"})


def test_what_twilio_tells_of_no_call_of_ours_is_no_harm(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path) as store:
        store.write(kept(((0, Noted(0.0, "status", {"CallStatus": "busy"})),), sid=OTHER))
        assert store.of(OTHER) == []
    with sqlite3.connect(tmp_path / FILE) as db:
        assert db.execute("SELECT sid, kind, call_id FROM events").fetchall() == [(OTHER, "status", None)]


def test_who_was_called_and_has_not_answered_is_kept_with_what_twilio_told_before(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path) as store:
        store.write(kept(((0, Noted(0.0, "status", {"CallStatus": "ringing"})), (9, VAIN)), sid=OTHER))
        store.write(kept(((9, VAIN),), sid=OTHER))  # told twice
        (call,) = store.of(OTHER)
        assert (call.direction, call.caller, call.called) == ("outbound-api", "+12025550188", "+12025550143")
        assert (call.agent, call.lasted, call.why, call.usd) == ("nobody", 0, "busy", 0)
        assert [each.entry for each in call.entries] == [Noted(NOON.timestamp(), "status", {"CallStatus": "ringing"})]
        assert store.days(1)[NOON.date()] == {"unanswered": 1}


def test_a_call_that_somebody_has_talked_in_was_answered(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path) as store:
        store.write(kept())
        store.write(kept(((9, VAIN),)))
        assert [call.why for call in store.of(CALL)] == ["the caller hung up"]
        assert "unanswered" not in store.days(1)[NOON.date()]


def test_what_was_never_placed_is_a_call_of_its_own_each_time(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path) as store:
        store.write(kept(((1, VAIN), (2, VAIN)), sid=""))
        assert [(call.sid, call.why) for call in store.recent(5)] == [("", "busy")] * 2


def test_who_wants_to_be_called_back_is_kept_once(tmp_path: Path) -> None:
    def wish(second: int, number: str) -> Kept:
        facts = {"From": number, "To": "+12025550188"}
        return Kept(CALL, NOON + dt.timedelta(seconds=second), Noted(float(second), "call-back", facts))

    with Store.in_folder(tmp_path) as store:
        store.write([wish(0, "+12025550143"), wish(60, "+12125550143"), wish(120, "+12025550143")])
    with sqlite3.connect(tmp_path / FILE) as db:
        found = db.execute("SELECT number, called, state, attempts, tried, at FROM call_backs ORDER BY id").fetchall()
    assert found == [
        ("+12025550143", "+12025550188", "open", 0, None, "2026-11-22 12:02:00.000000"),
        ("+12125550143", "+12025550188", "open", 0, None, "2026-11-22 12:01:00.000000"),
    ]


def test_who_does_not_want_to_be_called_is_kept_once(tmp_path: Path) -> None:
    facts = {"From": "+12025550143", "To": "+12025550188"}
    with Store.in_folder(tmp_path) as store:
        for second in (0, 60):
            store.write([Kept(CALL, NOON + dt.timedelta(seconds=second), Noted(float(second), "do-not-call", facts))])
    with sqlite3.connect(tmp_path / FILE) as db:
        found = db.execute("SELECT number, since, why FROM do_not_call").fetchall()
    assert found == [("+12025550143", "2026-11-22 12:00:00.000000", f"said so in {CALL}")]


def test_a_day_is_counted(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path) as store:
        for sid in (CALL, OTHER):
            store.write(kept(sid=sid))
        store.write(kept(sid="CA3", start=NOON + dt.timedelta(days=1)))
        counted = {"calls": 1, "seconds": 7.5, "tool runs": 1, "prompt tokens": 1200, "response tokens": 34}
        counted |= {"searches": 1, "usd": 0.0152}
        assert store.days(9) == {
            dt.date(2026, 11, 23): counted,
            dt.date(2026, 11, 22): {name: 2 * count for name, count in counted.items()},
        }
        assert list(store.days(1)) == [dt.date(2026, 11, 23)]


def test_a_batch_is_written_wholly_or_not_at_all(tmp_path: Path) -> None:
    poisoned = Kept(CALL, NOON, CallerTurn(0.0, "\ud800"))
    with Store.in_folder(tmp_path) as store:
        with pytest.raises(ValueError, match="surrogates"):
            store.write([*kept(), poisoned])
        assert store.recent(9) == []
        store.write(kept())  # and the call is begun as if nothing had been
        assert len(store.of(CALL)) == 1


def test_two_processes_may_keep_calls_in_one_file(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path) as one, Store.in_folder(tmp_path) as other:
        for index in range(20):
            for store, name in ((one, "a"), (other, "b")):
                store.write(kept(sid=f"CA{name}{index}"))
        assert len(one.recent(99)) == 40
        assert one.days(1)[NOON.date()]["calls"] == 40


def test_who_reads_does_not_wait_for_who_writes(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path) as store:
        store.write(kept())
        with sqlite3.connect(tmp_path / FILE, isolation_level=None) as db:
            db.execute("BEGIN IMMEDIATE")
            assert len(store.recent(9)) == 1


# The tables.


def test_the_steps_lead_to_the_tables_that_the_code_knows(tmp_path: Path) -> None:
    engine = stepped(tmp_path)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, tables.metadata) == []
        assert context.get_current_revision() == LATEST
    engine.dispose()


def test_a_new_file_is_as_if_it_had_taken_all_steps(tmp_path: Path) -> None:
    """So that it can take the next one; alembic, which knows them, is not loaded for it."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    stepped(old).dispose()
    with Store.in_folder(new):
        pass
    assert shape(new) == shape(old)
    with sqlite3.connect(new / FILE) as db:
        assert db.execute("SELECT version_num FROM alembic_version").fetchall() == [(LATEST,)]


def stepped(folder: Path) -> sa.Engine:
    """A database in that folder that has taken all steps, one after the other."""
    engine = sa.create_engine(f"sqlite:///{folder / FILE}")
    with engine.begin() as connection:
        migrate.upgrade(connection)
    return engine


def shape(folder: Path) -> set[str]:
    with sqlite3.connect(folder / FILE) as db:
        made = db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {" ".join(sql.split()) for (sql,) in made}


def test_each_step_can_be_taken_alone(tmp_path: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    steps = [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()][::-1]
    assert steps[-1] == LATEST
    engine = sa.create_engine(f"sqlite:///{tmp_path / FILE}")
    for step in steps:
        with engine.begin() as connection:
            migrate.upgrade(connection, step)
    engine.dispose()
    with Store.in_folder(tmp_path) as store:
        store.write(kept())


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path):
        pass
    with sqlite3.connect(tmp_path / FILE) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConfigError, match="newer telephony-agent"), Store.in_folder(tmp_path):
        pass


def test_what_is_no_database_is_an_error_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("Dear diary, " * 100)
    with pytest.raises(ConfigError, match=r"calls\.db: file is not a database"), Store.in_folder(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_an_error_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="DATA_DIR is"):
        Store.in_folder(tmp_path / "file" / "data")


def test_what_is_no_database_is_an_error_with_another_mend_than_a_full_disk(tmp_path: Path) -> None:
    (tmp_path / "calls.db").write_bytes(b"nonsense" * 1000)
    with pytest.raises(ConfigError, match="not a database; move it away"), Store.in_folder(tmp_path):
        raise AssertionError("it is open")
