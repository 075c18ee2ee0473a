"""The vault of this installation. Owns where its keys come from: the environment, or a file on the embedded default."""

from __future__ import annotations

from treadle.runtime.keys import write_private
from treadle.runtime.settings import Settings
from treadle.runtime.vault import Vault, VaultError, new_key

FILE = "encryption.key"


def installed_vault(settings: Settings) -> Vault:
    """The vault of ENCRYPTION_KEY(S); without one and without DATABASE_URL, of a key made once and kept, 0600, in
    `TREADLE_HOME`. Raises `VaultError`.
    """
    if settings.encryption_keys:
        return Vault.parse(settings.encryption_keys)
    if settings.database_url:
        raise VaultError("ENCRYPTION_KEY is not set; with DATABASE_URL it must be: 32 random bytes in base64")
    file = settings.home / FILE
    if not file.is_file():
        write_private(file, new_key())
    return Vault.parse(file.read_text("utf-8").strip())
