"""Makes the tables of a FastAPI program as the two API documents describe them, as such a program would: with argon2-cffi.

Usage: fastapi_users.py FILE, with one JSON object per user on standard input.
"""

import json
import sqlite3
import sys

from argon2 import PasswordHasher

hasher = PasswordHasher(time_cost=2, memory_cost=1024, parallelism=2)

database = sqlite3.connect(sys.argv[1])
database.executescript(
    """
    CREATE TABLE users (
        id INTEGER NOT NULL, username VARCHAR, email VARCHAR, hashed_password VARCHAR, disabled BOOLEAN, created_at DATETIME,
        PRIMARY KEY (id)
    );
    CREATE UNIQUE INDEX ix_users_email ON users (email);
    CREATE TABLE user_info (
        id INTEGER NOT NULL, user_id INTEGER, first_name VARCHAR, last_name VARCHAR, phone_number VARCHAR,
        PRIMARY KEY (id), UNIQUE (user_id), FOREIGN KEY(user_id) REFERENCES users (id)
    );
    """
)
for line in sys.stdin:
    user = json.loads(line)
    cursor = database.execute(
        "INSERT INTO users (username, email, hashed_password, disabled, created_at) VALUES (?, ?, ?, ?, ?)",
        (
            user.get("username"),
            user["email"],
            hasher.hash(user["password"]),
            user.get("disabled", False),
            "2023-04-05 06:07:08.123456",
        ),
    )
    database.execute(
        "INSERT INTO user_info (user_id, first_name, last_name, phone_number) VALUES (?, ?, ?, ?)",
        (cursor.lastrowid, user.get("first_name"), user.get("last_name"), user.get("phone_number")),
    )
database.commit()
