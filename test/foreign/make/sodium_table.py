"""Makes a table with what libsodium's crypto_pwhash_str writes: a buffer of 128 bytes, filled with NUL.

Usage: sodium_table.py FOLDER
"""

import ctypes
import ctypes.util
import json
import sqlite3
import sys

PASSWORD = "pässword😀".encode()
sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
sodium.sodium_init()
buffer = ctypes.create_string_buffer(128)
made = sodium.crypto_pwhash_str(buffer, PASSWORD, ctypes.c_ulonglong(len(PASSWORD)), ctypes.c_ulonglong(1), ctypes.c_size_t(8192))
assert made == 0
database = sqlite3.connect(f"{sys.argv[1]}/sodium.db")
database.execute("CREATE TABLE USERS (email TEXT PRIMARY KEY, password BLOB) WITHOUT ROWID")
database.execute("INSERT INTO USERS VALUES (?, ?)", ("sodium@example.com", buffer.raw))
database.commit()
with open(f"{sys.argv[1]}/sodium.jsonl", "w") as file:
    json.dump({"email": "json-sodium@example.com", "password": buffer.raw.decode()}, file)
