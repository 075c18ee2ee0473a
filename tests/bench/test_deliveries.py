"""The prepared requests are distinct deliveries that differ from a recorded one only where they should."""

from __future__ import annotations

from urllib.parse import parse_qsl

from bench.deliveries import FIRST_ID, SAMPLE, requests


def test_each_is_the_recorded_delivery_with_another_lead() -> None:
    recorded = dict(parse_qsl(SAMPLE.read_text().strip(), strict_parsing=True))

    for number, request in enumerate(requests("kommo", FIRST_ID, 3, host="127.0.0.1:1", path="/hooks/a/b"), FIRST_ID):
        head, _, body = request.partition(b"\r\n\r\n")
        fields = dict(parse_qsl(body.decode(), strict_parsing=True))
        assert head.startswith(b"POST /hooks/a/b HTTP/1.1\r\nHost: 127.0.0.1:1\r\n")
        assert f"Content-Length: {len(body)}".encode() in head
        assert fields.keys() == recorded.keys()
        assert {name for name in fields if fields[name] != recorded[name]} == {
            "leads[add][0][id]",
            "leads[add][0][name]",
            "leads[add][0][price]",
        }
        assert fields["leads[add][0][id]"] == str(number)
        assert int(fields["leads[add][0][price]"]) >= 1000


def test_no_two_are_the_same() -> None:
    made = requests("kommo", FIRST_ID, 2000, host="h", path="/")

    assert len(set(made)) == 2000
    assert len({len(request) for request in made}) == 1
