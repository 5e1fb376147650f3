"""Keys, signatures, heads that were kept, and what files show."""

import csv
import io
import json
from base64 import b64encode
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from pypdfium2 import PdfDocument

from bcm_mqtt.billing.evidence.keys import (
    is_public_key,
    is_signed_by,
    make_keys,
    read_keys,
    rotate_keys,
)
from bcm_mqtt.billing.evidence.statements import Head, bill_statement, noted_in
from bcm_mqtt.billing.evidence.trust import Trust
from bcm_mqtt.billing.evidence.visible import differences, form_of, shown_by
from bcm_mqtt.errors import InputError, WorkError
from unit.builders import NOON

DIGEST = "ab" * 32
OTHER = "cd" * 32


def test_a_key_signs_and_another_does_not(tmp_path: Path) -> None:
    keys = make_keys(tmp_path / "keys.json", 1, NOON)
    other = make_keys(tmp_path / "other.json", 1, NOON)
    statement = bill_statement(7, DIGEST)
    signature = keys.signer.sign(statement)
    assert is_signed_by(keys.signer.public_key, signature, statement)
    assert not is_signed_by(other.signer.public_key, signature, statement)
    assert not is_signed_by(keys.signer.public_key, signature, bill_statement(8, DIGEST))
    for nonsense in ("", "=", "AAAA", "\u00e9", signature[:-4]):
        assert not is_signed_by(keys.signer.public_key, nonsense, statement)
        assert not is_signed_by(nonsense, signature, statement)
    assert is_public_key(keys.signer.public_key)
    assert not is_public_key("abc")


def test_the_vector_of_rfc_8032_is_signed_as_it_says() -> None:
    """Section 7.1, test 2: the byte 72."""
    public = "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw="
    good = (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    signature = b64encode(bytes.fromhex(good)).decode()
    assert is_signed_by(public, signature, b"\x72")
    assert not is_signed_by(public, signature, b"\x73")


def test_the_file_is_its_owners_and_a_second_process_takes_what_is_there(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "keys.json"
    made = make_keys(file, 1, NOON)
    assert file.stat().st_mode & 0o777 == 0o600
    assert make_keys(file, 5, NOON) == made == read_keys(file)
    assert [one.name for one in file.parent.iterdir()] == ["keys.json"]
    assert read_keys(tmp_path / "none.json") is None
    assert made.signer.public_key in repr(made)
    assert made.keys[0].private_key not in repr(made) + repr(made.signer)


def test_a_retired_key_is_believed_of_its_bills_alone(tmp_path: Path) -> None:
    first = make_keys(tmp_path / "keys.json", 3, NOON)
    second = rotate_keys(first, 6, NOON)
    assert read_keys(second.file) == second
    assert second.keys[0].private_key == ""
    trust = Trust.of(second)

    def fault(number: int, signer: object) -> str:
        signature = signer.sign(bill_statement(number, DIGEST))  # type: ignore[attr-defined]
        return trust.fault(number, DIGEST, "", signature)

    assert trust.fault(2, DIGEST, "", "") == ""  # from before there was a key
    assert trust.fault(3, DIGEST, "", "") == "its signature is missing"
    assert fault(5, first.signer) == fault(6, second.signer) == ""
    for number, signer in ((2, first.signer), (6, first.signer), (5, second.signer)):
        assert fault(number, signer) == "its signature is not by the site's key"


def test_a_key_that_has_signed_nothing_is_replaced_whole(tmp_path: Path) -> None:
    first = make_keys(tmp_path / "keys.json", 1, NOON)
    assert len(rotate_keys(first, 1, NOON).keys) == 1


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "bcm-mqtt signing keys", "version": 1, "keys": []}']
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys.json"
    file.write_text(text)
    with pytest.raises(InputError, match=r"keys\.json: expected the signing keys"):
        read_keys(file)


def test_a_private_key_that_is_not_of_its_public_key_is_refused(tmp_path: Path) -> None:
    keys = make_keys(tmp_path / "keys.json", 1, NOON)
    other = make_keys(tmp_path / "other.json", 1, NOON)
    data = json.loads(keys.file.read_text())
    data["keys"][0]["private_key"] = other.keys[0].private_key
    keys.file.write_text(json.dumps(data))
    with pytest.raises(InputError, match="expected the signing keys"):
        read_keys(keys.file)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkError, match=r"billing\.signing_key"):
        make_keys(tmp_path / "file" / "keys.json", 1, NOON)


@pytest.mark.parametrize(
    "text",
    [
        Head(12, DIGEST, OTHER).text,
        f"> bill 12\r\n> SHA-256 {DIGEST}\r\n> audit log {OTHER}\r\n",
        f"12 bills; the last is bill 12, SHA-256 {DIGEST}\naudit log: {OTHER}",
        f'"last": {{\n    "bill": 12,\n    "sha256": "{DIGEST}"\n  }}, audit log {OTHER.upper()}',
    ],
    ids=["head", "quoted mail", "verify", "JSON of verify"],
)
def test_heads_are_read_from_what_people_keep(text: str) -> None:
    noted = noted_in(text)
    assert noted.heads == (Head(12, DIGEST),)
    assert noted.audit == (OTHER,)


def test_heads_of_several_sellers_are_apart() -> None:
    first, second = Head(12, DIGEST, seller="acme"), Head(3, OTHER)
    assert noted_in(f"{first.text}\n\n{second.text}\n").heads == (first, second)
    printed = f"12 bills; the last is seller acme, bill 12, SHA-256 {DIGEST}"
    more = f"another chain ends with bill 3, SHA-256 {OTHER}"
    assert noted_in(f"{printed}\n{more}").heads == (first, second)
    written = json.dumps({"last": {"seller": "acme", "bill": 12, "sha256": DIGEST}}, indent=2)
    assert noted_in(written).heads == (first,)


def test_a_text_without_heads_has_none() -> None:
    assert noted_in(f"bill 12 and, much later, SHA-256 {DIGEST}").heads == ()


def test_differences_name_the_place_and_both_texts() -> None:
    issued = ["Total", "USD", "105.65", "due", "now"]
    changed = ["Total", "USD", "95.65", "due", "now"]
    assert list(differences(changed, issued)) == [
        "after “Total USD” the file has “95.65”, issued was “105.65”"
    ]
    assert list(differences(issued, issued)) == []
    assert list(differences([*issued, "PS"], issued)) == [
        "after “105.65 due now” the file has “PS”, issued was nothing"
    ]
    (said,) = differences(["x"] * 5000, ["y"] * 4000)
    assert "and 4994 more words" in said


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b"%PDF-1.7", "pdf"),
        (b"\xef\xbb\xbfmonth,customer,row", "csv"),
        (b"  <!DOCTYPE html>", "html"),
        (b"PK\x03\x04", "xlsx"),
        (b"GIF89a", ""),
        (b"", ""),
    ],
)
def test_a_format_is_seen_by_how_a_file_begins(content: bytes, form: str) -> None:
    assert form_of(content) == form


@pytest.mark.parametrize("content", [b"%PDF-1.7 broken", b'{"bills": 3}', b"{", b"{\xff}"])
def test_a_file_that_is_not_what_it_seems_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        shown_by(content)


_MANY_BILLS = json.dumps({"bills": [{"number": number} for number in range(1, 3000)]})


@pytest.mark.parametrize(
    "text",
    [
        '{"bills": ' + "[" * 100_000 + "]" * 100_000 + "}",
        f'month,customer,bill_number\n"{"x" * 200_000}",a,1\n',
        _MANY_BILLS,
    ],
    ids=["nested", "long field", "many bills"],
)
def test_a_file_that_is_made_to_hurt_its_reader_is_refused(text: str) -> None:
    limit = csv.field_size_limit(1_000_000)  # as who reads records sets it
    try:
        with pytest.raises(ValueError, match=r"depth|100,000 characters|expected at most 2,500"):
            shown_by(text.encode())
    finally:
        csv.field_size_limit(limit)


@pytest.mark.parametrize("number", ["9" * 30, "1000000000"])
def test_a_number_that_no_bill_can_have_is_none(number: str) -> None:
    assert list(shown_by(f'{{"bills": [{{"number": {number}}}]}}'.encode()).words) == [""]
    assert list(shown_by(f"month,customer,bill_number\na,b,{number}\n".encode()).words) == [""]


def test_a_page_that_is_larger_than_a_bill_is_not_drawn() -> None:
    """Of some hundred bytes it would make a picture of a hundred megabytes."""
    with closing(PdfDocument.new()) as document, io.BytesIO() as file:
        document.new_page(14_000, 14_000)
        document.save(file)
        with pytest.raises(ValueError, match="A4 or Letter"):
            shown_by(file.getvalue())


def test_without_a_file_of_keys_nothing_is_taken_for_good() -> None:
    trust = replace(Trust(), missing="/keys.json")
    assert trust.fault(1, DIGEST, "", "") == ""
    assert "there is no /keys.json" in trust.fault(1, DIGEST, "", "c2ln")
