"""Was this really Twilio? The constants are published signatures of the token 12345 or computed with OpenSSL's HMAC."""

from __future__ import annotations

import base64
import hashlib
import hmac
from contextlib import suppress
from urllib.parse import urlencode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from telephony_agent.phone.signature import Form, Signatures

TOKEN = "12345"
DOCUMENTED = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675310",
    "Digits": "1234",
    "From": "+14158675310",
    "To": "+18005551212",
}


def signed(url: str, fields: dict[str, str] | None = None, token: str = TOKEN) -> str:
    """As Twilio signs, written down once more."""
    text = url + "".join(name + value for name, value in sorted((fields or {}).items()))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), hashlib.sha1)).decode()


def form(fields: dict[str, str]) -> Form:
    return Form.parse(urlencode(fields))


def webhook(public: str, target: str, signature: str, fields: dict[str, str] | None = None) -> bool:
    return Signatures([TOKEN], public).of_webhook(target, form(fields or {}), signature)


# Webhooks.


def test_the_documented_example() -> None:
    assert webhook("https://example.com", "/myapp.php?foo=1&bar=2", "L/OH5YylLD5NRKLltdqwSvS0BnU=", DOCUMENTED)
    assert signed("https://example.com/myapp.php?foo=1&bar=2", DOCUMENTED) == "L/OH5YylLD5NRKLltdqwSvS0BnU="


def test_either_token_signs_while_one_replaces_the_other() -> None:
    signatures = Signatures(["new", "old"], "https://a.example")
    for token in ("new", "old"):
        assert signatures.of_webhook("/x", form({"A": "b"}), signed("https://a.example/x", {"A": "b"}, token))
        assert signatures.of_handshake("/x", signed("wss://a.example/x", token=token))
    assert not signatures.of_webhook("/x", form({"A": "b"}), signed("https://a.example/x", {"A": "b"}, "older"))
    assert not signatures.of_handshake("/x", signed("wss://a.example/x", token="older"))


def test_blank_fields_are_signed_too() -> None:
    fields = {"A": "", "B": "b", "CallerName": ""}
    assert webhook("https://a.example", "/x", signed("https://a.example/x", fields), fields)
    assert not webhook("https://a.example", "/x", signed("https://a.example/x", fields), {"B": "b"})


def test_names_are_sorted_by_case() -> None:
    fields = {"b": "1", "a": "2", "Z": "3", "B": "4"}
    assert webhook("https://a.example", "/x", signed("https://a.example/x", fields), fields)


def test_values_that_need_encoding_are_signed_decoded() -> None:
    fields = {"To": "+49 30 901820", "City": "Łódź & Köln=100%"}
    assert webhook("https://a.example", "/x", signed("https://a.example/x", fields), fields)


def test_a_name_that_stands_twice_is_signed_with_each_of_its_values_once_in_order() -> None:
    signature = signed("https://a.example/xM1M2N3")
    signatures = Signatures([TOKEN], "https://a.example")
    for body in ("M=1&M=2&N=3", "N=3&M=2&M=1", "M=2&N=3&M=1&M=2"):
        assert signatures.of_webhook("/x", Form.parse(body), signature)
    assert not signatures.of_webhook("/x", Form.parse("M=1&N=3"), signature)


def test_the_query_is_signed_as_it_came() -> None:
    signature = signed("https://a.example/x?to=%2B1415&b=a%20b&c")
    assert webhook("https://a.example", "/x?to=%2B1415&b=a%20b&c", signature)
    assert not webhook("https://a.example", "/x?to=+1415&b=a%20b&c", signature)


@pytest.mark.parametrize(
    ("public", "over"),
    [
        ("https://a.example", "https://a.example/x"),
        ("https://a.example", "https://a.example:443/x"),
        ("https://a.example:443", "https://a.example/x"),
        ("https://a.example:8443", "https://a.example:8443/x"),
        ("https://a.example:8443", "https://a.example/x"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/x"),
        ("http://127.0.0.1", "http://127.0.0.1:80/x"),
        ("http://[::1]:8080", "http://[::1]:8080/x"),
        ("http://[::1]:8080", "http://[::1]/x"),
        ("http://[::1]", "http://[::1]:80/x"),
    ],
)
def test_the_port_may_be_left_out_of_what_is_signed(public: str, over: str) -> None:
    assert webhook(public, "/x", signed(over))
    assert not Signatures([TOKEN], public).of_handshake("/x", signed("ws" + over[over.index(":") :]))
    assert Signatures([TOKEN], public).of_handshake("/x", signed("wss" + over[over.index(":") :]))


@pytest.mark.parametrize(
    "over", ["http://a.example/x", "https://b.example/x", "https://a.example:8443/x", "https://a.example/x/", "/x", ""]
)
def test_another_scheme_host_port_or_path_is_not_ours(over: str) -> None:
    assert not webhook("https://a.example", "/x", signed(over))


def test_a_path_prefix_is_signed_whether_or_not_a_proxy_has_taken_it_off() -> None:
    fields = {"A": "b"}
    signature = signed("https://a.example/w2/twilio/voice?q=1", fields)
    assert webhook("https://a.example/w2", "/w2/twilio/voice?q=1", signature, fields)
    assert webhook("https://a.example/w2", "/twilio/voice?q=1", signature, fields)
    assert not webhook("https://a.example", "/twilio/voice?q=1", signature, fields)
    assert Signatures([TOKEN], "https://a.example/w2").of_handshake(
        "/twilio/stream", signed("wss://a.example/w2/twilio/stream")
    )


# Handshakes.


@pytest.mark.parametrize(
    ("target", "signature"),
    [
        ("/twilio/media", "jnHHJVRuc+5O5HxzOjyUz1Q19Bc="),
        ("/twilio/media", "fkArzXWdqQWy8i4mr3WY5Zf5w7w="),  # over a slash at the end
        ("/twilio/media/", "jnHHJVRuc+5O5HxzOjyUz1Q19Bc="),
        ("/twilio/media/", "fkArzXWdqQWy8i4mr3WY5Zf5w7w="),
        ("/", "pXtnR03Xnrdu1vb0/FI/v4LzHYk="),
    ],
)
def test_a_handshake_is_signed_with_or_without_a_slash_at_the_end(target: str, signature: str) -> None:
    assert Signatures([TOKEN], "https://agent.example.com").of_handshake(target, signature)
    assert not Signatures(["1234"], "https://agent.example.com").of_handshake(target, signature)
    assert not Signatures([TOKEN], "https://agent.example.org").of_handshake(target, signature)


def test_a_handshake_at_the_root_may_be_signed_without_any_slash() -> None:
    assert Signatures([TOKEN], "https://agent.example.com").of_handshake("/", signed("wss://agent.example.com"))


def test_a_webhook_s_signature_opens_no_stream_and_a_stream_s_no_webhook() -> None:
    assert not Signatures([TOKEN], "https://a.example").of_handshake("/x", signed("https://a.example/x"))
    assert not webhook("https://a.example", "/x", signed("wss://a.example/x"))
    assert not webhook("https://a.example", "/x", signed("https://a.example/x/"))


# JSON, and shared keys.

BODY = b'{"CallSid":"CA1","Length":3,"Fine":true,"More":{"a":1},"Blank":""}'
DIGEST = hashlib.sha256(BODY).hexdigest()


def test_a_json_body_is_signed_by_its_digest_in_the_url() -> None:
    signatures = Signatures([TOKEN], "https://a.example")
    target = f"/x?a=b&bodySHA256={DIGEST}"
    signature = signed("https://a.example" + target)
    assert signatures.of_json(target, BODY, signature)
    assert not signatures.of_json(target, BODY + b" ", signature)
    assert not signatures.of_json(target, BODY, signed("https://a.example" + target, token="other"))
    assert not signatures.of_json("/x?a=b", BODY, signed("https://a.example/x?a=b"))


def test_one_digest_too_many_is_no_digest() -> None:
    target = f"/x?bodySHA256={DIGEST}&bodySHA256={hashlib.sha256(b'{}').hexdigest()}"
    signature = signed("https://a.example" + target)
    assert not Signatures([TOKEN], "https://a.example").of_json(target, BODY, signature)


def test_a_json_object_gives_its_plain_members_as_fields() -> None:
    fields = Form.of_json(BODY.decode())
    assert fields == {"CallSid": ["CA1"], "Length": ["3"], "Fine": ["true"], "Blank": [""]}


@pytest.mark.parametrize("body", ["", "[]", "1", "null", '"CallSid=CA1"', "{", "CallSid=CA1"])
def test_what_is_no_json_object_is_a_value_error(body: str) -> None:
    with pytest.raises(ValueError, match=r"JSON|Expecting"):
        Form.of_json(body)


SHARED = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"


def shared(url: str, fields: dict[str, str] | None = None, key: str = "secret") -> str:
    text = url + "".join(name + value for name, value in sorted((fields or {}).items()))
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), hashlib.sha256)).decode()


def test_a_shared_key_signs_with_sha_256() -> None:
    signatures = Signatures([TOKEN], "https://a.example", ["secret"])
    fields = {"A": "", "B": "b"}
    assert signatures.of_webhook("/x", form(fields), shared("https://a.example/x", fields), SHARED)
    assert signatures.of_handshake("/x", shared("wss://a.example/x"), SHARED)
    assert not signatures.of_webhook("/x", form(fields), shared("https://a.example/x", fields, "other"), SHARED)


@pytest.mark.parametrize(
    "settings", ["", "key=webhooks_sharedkey_1", "algorithm=HMAC_SHA1", "algorithm=HMAC_SHA512", "x"]
)
def test_a_key_and_an_algorithm_that_do_not_belong_together_are_wrong(settings: str) -> None:
    signatures = Signatures([TOKEN], "https://a.example", ["secret"])
    assert not signatures.of_webhook("/x", form({}), shared("https://a.example/x"), settings)
    assert not signatures.of_webhook("/x", form({}), shared("https://a.example/x", key=TOKEN), settings)
    assert not signatures.of_webhook("/x", form({}), shared("https://a.example/x", key=TOKEN), SHARED)
    assert not signatures.of_webhook("/x", form({}), signed("https://a.example/x"), SHARED)
    assert not signatures.of_webhook("/x", form({}), signed("https://a.example/x", token="secret"), settings)


def test_user_and_password_of_the_url_are_not_signed() -> None:
    """Twilio was given https://user:word@a.example/x, and leaves them out over HTTPS; PUBLIC_URL never has them."""
    assert webhook("https://a.example", "/x", signed("https://a.example/x"))
    assert not webhook("https://a.example", "/x", signed("https://user:word@a.example/x"))


# Nonsense.


@pytest.mark.parametrize(
    "signature", ["", " ", "=", "x", "ÿ" * 28, "日本", "\x00", "a" * 100_000, "L/OH5YylLD5NRKLltdqwSvS0BnU"]
)
def test_a_garbage_signature_is_wrong_and_nothing_worse(signature: str) -> None:
    assert not webhook("https://example.com", "/myapp.php?foo=1&bar=2", signature, DOCUMENTED)
    assert not Signatures([TOKEN], "https://example.com").of_handshake("/x", signature)


def test_without_a_token_nothing_is_valid() -> None:
    assert not Signatures([], "https://a.example").of_webhook("/x", form({}), signed("https://a.example/x", token=""))


@given(st.text(), st.text())
def test_no_signature_is_valid_that_was_not_made_with_the_token(target: str, signature: str) -> None:
    assert not webhook("https://example.com", "/" + target, signature, DOCUMENTED)


@given(st.sampled_from(["target", "field", "signature"]), st.integers(0, 200), st.characters(codec="latin-1"))
def test_one_other_character_anywhere_and_the_signature_is_wrong(what: str, at: int, character: str) -> None:
    def changed(text: str) -> str:
        place = at % len(text)
        assume(text[place] != character)
        return text[:place] + character + text[place + 1 :]

    target, fields, signature = "/w2/twilio/voice?q=1", dict(DOCUMENTED), "no"
    signature = signed("https://example.com" + target, fields)
    assert webhook("https://example.com", target, signature, fields)
    match what:
        case "target":
            target = changed(target)
        case "field":
            name = sorted(fields)[at % len(fields)]
            fields[name] = changed(fields[name])
        case _:
            signature = changed(signature)
    assert not webhook("https://example.com", target, signature, fields)


@given(st.dictionaries(st.sampled_from("ABCDab"), st.text("xy ", max_size=3), min_size=1), st.data())
def test_a_field_more_or_less_and_the_signature_is_wrong(fields: dict[str, str], data: st.DataObject) -> None:
    signature = signed("https://a.example/x", {**fields, "Z": "z"})
    assert webhook("https://a.example", "/x", signature, {**fields, "Z": "z"})
    assert not webhook("https://a.example", "/x", signature, {**fields, "Z": "z", "New": data.draw(st.text("xy"))})
    assert not webhook("https://a.example", "/x", signature, fields)


# Forms.


def test_a_form_keeps_blanks_and_answers_for_what_is_not_there() -> None:
    fields = Form.parse("A=1&A=2&B=&C=%2B49+30")
    assert fields == {"A": ["1", "2"], "B": [""], "C": ["+49 30"]}
    assert [fields.first(name) for name in "ABCD"] == ["1", "", "+49 30", ""]
    assert Form.parse("") == {}


@pytest.mark.parametrize("body", ["{}", "A", "A=1&&B", '{"a":1}', "&".join(f"a{i}=1" for i in range(201))])
def test_what_is_not_a_form_is_a_value_error(body: str) -> None:
    with pytest.raises(ValueError, match=r"bad query field|Max number"):
        Form.parse(body)


@given(st.text())
def test_any_text_is_a_form_or_a_value_error(body: str) -> None:
    with suppress(ValueError):
        Form.parse(body)
