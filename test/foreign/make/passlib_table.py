"""Writes what a Python program keeps with passlib: CSV by the csv module, as on Windows (CR LF), in text mode there.

Usage: passlib_table.py FOLDER
"""

import csv
import sys

from passlib.hash import argon2, bcrypt_sha256, pbkdf2_sha1, pbkdf2_sha256, pbkdf2_sha512, scrypt

PASSWORD = "pässword😀"
HASHES = {
    "argon2": argon2.using(rounds=2, memory_cost=64, parallelism=1).hash(PASSWORD),
    "pbkdf2-sha1": pbkdf2_sha1.using(rounds=1000).hash(PASSWORD),
    "pbkdf2-sha256": pbkdf2_sha256.using(rounds=1000).hash(PASSWORD),
    "pbkdf2-sha512": pbkdf2_sha512.using(rounds=1000).hash(PASSWORD),
    "scrypt": scrypt.using(rounds=4).hash(PASSWORD),
    "bcrypt-sha256": bcrypt_sha256.using(rounds=4).hash(PASSWORD),
}
# newline="\r\n" turns the writer's own CR LF into CR CR LF, as a program does on Windows that forgets newline="".
with open(f"{sys.argv[1]}/passlib.csv", "w", encoding="utf-8-sig", newline="\r\n") as file:
    writer = csv.writer(file, delimiter=";")
    writer.writerow(["Email", "Hashed Password", "First Name", "Note"])
    for name, hashed in HASHES.items():
        writer.writerow([f"passlib-{name}@example.com", hashed, "Zoë", "two\nlines"])
    writer.writerow(["not-an-address", HASHES["scrypt"], "", ""])
