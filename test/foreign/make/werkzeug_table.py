"""Makes the database of a Flask program with the table that its tutorials use, and Werkzeug's hashes.

Usage: werkzeug_table.py FOLDER
"""

import sqlite3
import sys

from werkzeug.security import generate_password_hash

PASSWORD = "pässword😀"
METHODS = ["pbkdf2:sha256:1000", "pbkdf2:sha512:1000", "pbkdf2:sha1:1000", "scrypt:1024:8:1"]
database = sqlite3.connect(f"{sys.argv[1]}/werkzeug.db")
database.execute(
    "CREATE TABLE user (id INTEGER PRIMARY KEY, username VARCHAR(64), email VARCHAR(120), password_hash VARCHAR(256))"
)
for i, method in enumerate(METHODS):
    try:
        hashed = generate_password_hash(PASSWORD, method)
    except (TypeError, ValueError):  # scrypt came with Werkzeug 2.3.
        continue
    row = (i - 1, f"werkzeug{i}", f"werkzeug{i}@example.com", hashed)
    database.execute("INSERT INTO user VALUES (?, ?, ?, ?)", row)
database.commit()
