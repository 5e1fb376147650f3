"""Messages as RFC 3416, RFC 3414 and RFC 7860 have them, byte by byte and against pysnmp."""

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto.api import v2c

from bcm_mqtt.snmp import Auth, Privacy, User, ber
from bcm_mqtt.snmp.failures import AgentError, MalformedError
from bcm_mqtt.snmp.pdu import FIRST_ID, REPORT, Kind, Reply, Request, get
from bcm_mqtt.snmp.sessions import CommunitySession, UserSession

ENGINE = bytes.fromhex("000000000000000000000002")
ARCS = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=20)


@given(ARCS)
def test_an_object_identifier_is_encoded_as_others_do(rest: list[int]) -> None:
    text = ".".join(map(str, (1, 3, *rest)))
    assert ber.encoded(ber.OID, ber.oid(text)) == encoder.encode(v2c.ObjectIdentifier(text))
    assert ber.oid_text(ber.oid(text)) == text


@given(st.integers(-(2**31), 2**31 - 1))
def test_a_whole_number_is_encoded_as_others_do(value: int) -> None:
    assert ber.integer(value) == encoder.encode(v2c.Integer32(value))
    assert ber.number(ber.integer(value), 0) == (value, len(ber.integer(value)))


@given(
    st.dictionaries(
        st.integers(1, 1000),
        st.one_of(
            st.integers(-(2**31), 2**31 - 1).map(v2c.Integer32),
            st.integers(0, 2**32 - 1).map(v2c.Gauge32),
            st.integers(0, 2**32 - 1).map(v2c.Counter32),
            st.integers(0, 2**64 - 1).map(v2c.Counter64),
        ),
        max_size=30,
    ),
    st.integers(FIRST_ID, 2**31 - 1),
)
def test_a_response_is_read_as_another_wrote_it(rows: dict[int, object], number: int) -> None:
    pdu = v2c.GetResponsePDU()
    v2c.apiPDU.set_defaults(pdu)
    v2c.apiPDU.set_request_id(pdu, number)
    v2c.apiPDU.set_varbinds(pdu, [((1, 3, 6, 1, 4, 1, row), value) for row, value in rows.items()])
    message = v2c.Message()
    v2c.apiMessage.set_defaults(message)
    v2c.apiMessage.set_pdu(message, pdu)
    found, reply = CommunitySession("public").reply(encoder.encode(message))
    assert (found, reply.error) == (number, 0)
    assert reply.values == {
        ber.oid(f"1.3.6.1.4.1.{row}"): int(value)  # type: ignore[call-overload]
        for row, value in rows.items()
    }


def test_requests_are_what_others_read_of_them() -> None:
    names = (ber.oid("1.3.6.1.2.1.1.3"), ber.oid("1.3.6.1.4.1.318.7.0"))
    bulk = Request(Kind.GET_BULK, names, single=1, repetitions=24)
    datagram = CommunitySession("secret").datagram(bulk, FIRST_ID)
    message, rest = decoder.decode(datagram, asn1Spec=v2c.Message())
    assert rest == b""
    assert bytes(v2c.apiMessage.get_community(message)) == b"secret"
    pdu = v2c.apiMessage.get_pdu(message)
    assert isinstance(pdu, v2c.GetBulkRequestPDU)
    assert v2c.apiBulkPDU.get_max_repetitions(pdu) == 24
    assert v2c.apiBulkPDU.get_non_repeaters(pdu) == 1
    assert int(v2c.apiPDU.get_request_id(pdu)) == FIRST_ID
    assert bulk.values == 25


@given(st.binary(max_size=80), st.integers(0, 200), st.integers(0, 255))
def test_what_is_no_message_is_malformed_and_nothing_else(junk: bytes, at: int, byte: int) -> None:
    good = bytearray(CommunitySession("public").datagram(get([ber.oid("1.3.6.1")]), FIRST_ID))
    good[at % len(good)] = byte
    users = UserSession(User("reader"), lambda: 0.0, lambda: 0.5)
    for session in (CommunitySession("public"), users):
        for datagram in (junk, bytes(good)):
            with pytest.raises(MalformedError):  # a request is no reply either
                session.reply(datagram)


def test_a_key_is_the_one_of_the_standard() -> None:
    key = "6695febc9288e36282235fc7151f128497b38f3f"  # RFC 3414, A.3.2
    assert User("u", Auth.SHA, "maplesyrup").auth_key(ENGINE).hex() == key


@pytest.mark.parametrize("auth", [*Auth])
def test_a_user_reads_what_an_engine_signs_and_encrypts_for_it(auth: Auth) -> None:
    user = User("reader", auth, "maplesyrup", Privacy.AES, "syrupmaple")
    ours, engine = pair(user)
    request = get([ber.oid("1.3.6.1.2.1.1.3.0")])
    datagram = ours.datagram(request, FIRST_ID)
    assert b"reader" in datagram
    assert request.names[0] not in datagram  # it is encrypted
    answer = responded(engine, {request.names[0]: 4711})
    number, reply = ours.reply(answer)
    assert (number, reply.values) == (FIRST_ID, {request.names[0]: 4711})
    for at in range(len(answer)):
        changed = bytearray(answer)
        changed[at] ^= 1
        with pytest.raises(MalformedError):
            ours.reply(bytes(changed))


def test_what_is_not_signed_is_no_value() -> None:
    signed = User("reader", Auth.SHA256, "maplesyrup")
    ours, _ = pair(signed)
    _, plain = pair(User("reader"))
    with pytest.raises(MalformedError):
        ours.reply(responded(plain, {ber.oid("1.3.6.1"): 1}))


def test_before_the_engine_is_known_no_value_is_taken_from_anybody() -> None:
    """Not even from one that claims to have signed for an engine without a name."""
    user = User("reader", Auth.SHA256, "maplesyrup")
    session = UserSession(user, lambda: 0.0, lambda: 0.5)
    forged = responded(UserSession(user, lambda: 0.0, lambda: 0.5), {ber.oid("1.3.6.1"): 1})
    with pytest.raises(MalformedError):
        session.reply(forged)


def test_an_answer_of_an_earlier_time_is_none() -> None:
    clock = [0.0]
    user = User("reader", Auth.SHA, "maplesyrup")
    ours, engine = pair(user, lambda: clock[0])
    old = responded(engine, {ber.oid("1.3.6.1"): 1})
    ours.reply(old)
    clock[0] = 400.0
    with pytest.raises(MalformedError):
        ours.reply(old)


def test_a_report_says_what_is_wrong_with_the_user() -> None:
    session = UserSession(User("reader"), lambda: 0.0, lambda: 0.5)
    unknown = Reply(1, 0, {ber.oid("1.3.6.1.6.3.15.1.1.3.0"): 9}, is_report=True)
    with pytest.raises(AgentError, match="user reader: it knows no such user"):
        session.again(unknown)
    in_time = Reply(1, 0, {ber.oid("1.3.6.1.6.3.15.1.1.2.0"): 9}, is_report=True)
    assert session.again(in_time)


def test_no_password_is_in_a_text_of_a_user() -> None:
    assert repr(User("u", Auth.SHA, "maplesyrup", Privacy.AES, "syrupmaple")) == "User('u')"


def pair(user: User, now: Callable[[], float] = lambda: 0.0) -> list[UserSession]:
    """A session that has discovered its engine, and one that speaks as the engine does."""
    sessions = []
    for _ in range(2):
        session = UserSession(user, now, lambda: 0.25)
        engine = UserSession(User(""), now, lambda: 0.5)
        engine._engine, engine._boots, engine._time = ENGINE, 5, 1000
        session.reply(responded(engine, {}, REPORT))
        assert session.is_ready
        sessions.append(session)
    return sessions


def responded(session: UserSession, values: Mapping[bytes, int], tag: int = 0xA2) -> bytes:
    """A message of an engine with these values."""
    pairs = b"".join(
        ber.encoded(ber.SEQUENCE, ber.encoded(ber.OID, name) + ber.integer(value))
        for name, value in values.items()
    )
    body = ber.integer(FIRST_ID) + ber.integer(0) * 2 + ber.encoded(ber.SEQUENCE, pairs)

    class Response(Request):
        def pdu(self, _request_id: int) -> bytes:
            return ber.encoded(tag, body)

    return session.datagram(Response(Kind.GET, ()), FIRST_ID)
