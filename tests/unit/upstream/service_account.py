"""A Google service account of nobody's, made anew for each run, and what stands in its file."""

from __future__ import annotations

import json

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

PRIVATE_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE_KEY_TEXT = PRIVATE_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

FIELDS = {
    "type": "service_account",
    "project_id": "p",
    "private_key_id": "k1",
    "private_key": PRIVATE_KEY_TEXT,
    "client_email": "gateway@p.iam.gserviceaccount.com",
    "token_uri": "https://oauth2.googleapis.com/token",
}
ACCOUNT_TEXT = json.dumps(FIELDS)
USER_TEXT = json.dumps(
    {"type": "authorized_user", "client_id": "c", "client_secret": "s&s", "refresh_token": "r", "account": ""}
)
