"""Writes the table of a CSV file again with pandas, as people do who clean a table before they import it.

Usage: pandas_table.py FOLDER
"""

import sys

import bcrypt
import pandas

hashed = bcrypt.hashpw("pässword😀".encode(), bcrypt.gensalt(4)).decode()
frame = pandas.DataFrame(
    {
        "email": ["pandas-active@example.com", "pandas-inactive@example.com", "pandas-unknown@example.com"],
        "hash": hashed,
        "is_active": [True, False, None],
        "phone": [13800138000, None, 1],
        "created_at": pandas.to_datetime(["2024-05-01T08:15:30.123456+02:00", None, "2024-05-01T08:15:30+02:00"], utc=True),
    }
)
frame["is_active"] = frame["is_active"].astype(float)
frame.to_csv(f"{sys.argv[1]}/pandas.csv", index=False)
frame.to_csv(f"{sys.argv[1]}/pandas-utf16.csv", index=False, encoding="utf-16", sep="\t")
frame.to_json(f"{sys.argv[1]}/pandas.jsonl", orient="records", lines=True, date_format="iso")
frame.to_json(f"{sys.argv[1]}/pandas.json", orient="records")
