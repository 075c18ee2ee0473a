"""TLS: what is not trusted gets nothing; the name stays the name although the address is pinned."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from treadle.runtime.net.client import Request
from treadle.runtime.net.departure import Departure
from treadle.runtime.net.urls import read_target
from treadle.sdk.failures import NotSent


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a self-signed certificate of `sni.example`, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sni.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("sni.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


async def loopback(name: str, port: int) -> list[str]:
    return ["127.0.0.1"]


async def post(client: Any, url: str, within: float = 3) -> Any:
    request = Request(method="POST", target=read_target(url), headers={}, body=b"x")
    return await client.exchange(request, Departure(None, reads=False), within=within)


async def test_the_name_is_kept_on_a_pinned_address(certificate: Path, serve: Any, client_for: Any) -> None:
    names: list[str | None] = []
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    serving.sni_callback = lambda _, name, __: names.append(name)
    server = await serve(tls=serving)
    trusting = ssl.create_default_context(cafile=certificate)
    url = f"https://sni.example:{server.port}/"
    async with client_for(f"sni.example:{server.port}", look_up=loopback, tls=trusting) as client:
        assert (await post(client, url)).status == 200
    assert names == ["sni.example"]
    assert server.seen[0].headers["host"] == f"sni.example:{server.port}"
    async with client_for(f"sni.example:{server.port}", look_up=loopback) as client:
        with pytest.raises(NotSent) as caught:
            await post(client, url)
    assert caught.value.code == "tls"
    assert len(server.seen) == 1


async def test_a_certificate_of_another_name_is_not_trusted(certificate: Path, serve: Any, client_for: Any) -> None:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    server = await serve(tls=serving)
    trusting = ssl.create_default_context(cafile=certificate)
    async with client_for(f"other.example:{server.port}", look_up=loopback, tls=trusting) as client:
        with pytest.raises(NotSent) as caught:
            await post(client, f"https://other.example:{server.port}/")
    assert caught.value.code == "tls"


async def test_a_server_without_tls_gets_nothing(serve: Any, client_for: Any) -> None:
    server = await serve()
    async with client_for(server) as client:
        with pytest.raises(NotSent):
            await post(client, f"https://{server.at}/", within=0.3)
    assert server.seen == []
