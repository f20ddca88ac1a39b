#!/bin/sh
# Starts a PostgreSQL of its own and writes a table with \copy in three time zones and both formats, and a table in
# the shape of Supabase's auth.users with hashes by pgcrypto.
# Usage: postgres.sh FOLDER, as root with Debian's postgresql, or as any user with initdb on the path.
set -e
folder=$(realpath "$1")
data=$(mktemp -d)
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi; }
[ "$(id -u)" = 0 ] && chown postgres "$data"
as initdb -D "$data/db" --encoding=UTF8 --locale=C.UTF-8 --auth=trust -U postgres > /dev/null
as pg_ctl -D "$data/db" -w -l "$data/log" -o "-c listen_addresses='' -k $data" start > /dev/null
trap 'as pg_ctl -D "$data/db" -m fast stop > /dev/null; rm -rf "$data"' EXIT
sql() { psql -q -v ON_ERROR_STOP=1 -h "$data" -U postgres postgres "$@"; }
sql <<'SQL'
CREATE EXTENSION pgcrypto;
CREATE TABLE users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), email text UNIQUE, hashed_password text, first_name text, phone text,
  is_active boolean, is_superuser boolean, is_verified boolean, created_at timestamptz, updated_at timestamp
);
INSERT INTO users (email, hashed_password, first_name, phone, is_active, is_superuser, is_verified, created_at, updated_at)
VALUES
  ('pg1@example.com', crypt('pässword😀', gen_salt('bf', 4)), 'Zoë, "Z"', NULL, true, false, true,
    '2024-05-01 06:15:30.123456+00', '2024-05-01 06:15:31'),
  ('pg2@example.com', crypt('pässword😀', gen_salt('bf', 4)), '', 'Back\slash', true, true, false, '2024-05-01 06:15:30+00', NULL),
  ('pg3@example.com', crypt('pässword😀', gen_salt('bf', 4)), E'two\nlines', '\N', false, false, NULL, '2024-05-01 06:15:30.5+00', NULL),
  ('pg4@example.com', NULL, 'Null', NULL, true, false, false, 'infinity', NULL);
CREATE SCHEMA auth;
CREATE TABLE auth.users (
  instance_id uuid, id uuid PRIMARY KEY DEFAULT gen_random_uuid(), aud text, role text, email text, encrypted_password text,
  email_confirmed_at timestamptz, last_sign_in_at timestamptz, raw_app_meta_data jsonb, raw_user_meta_data jsonb,
  is_super_admin boolean, created_at timestamptz, updated_at timestamptz, phone text, banned_until timestamptz,
  is_sso_user boolean NOT NULL DEFAULT false, deleted_at timestamptz, is_anonymous boolean NOT NULL DEFAULT false
);
INSERT INTO auth.users (instance_id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data,
  raw_user_meta_data, created_at, updated_at, banned_until, deleted_at)
VALUES
  (gen_random_uuid(), 'authenticated', 'authenticated', 'supabase@example.com', crypt('pässword😀', gen_salt('bf', 4)),
    '2024-05-01 08:15:30+00', '{"provider": "email", "providers": ["email"]}', '{"name": "Zoë"}', '2024-05-01 08:15:30+00', now(), NULL, NULL),
  (gen_random_uuid(), 'authenticated', 'authenticated', 'supabase-banned@example.com', crypt('pässword😀', gen_salt('bf', 4)),
    NULL, '{}', '{}', '2024-05-01 08:15:30+00', now(), '2999-01-01 00:00:00+00', NULL),
  (gen_random_uuid(), 'authenticated', 'authenticated', 'supabase-deleted@example.com', crypt('pässword😀', gen_salt('bf', 4)),
    NULL, '{}', '{}', '2024-05-01 08:15:30+00', now(), NULL, '2024-06-01 08:15:30+00'),
  (gen_random_uuid(), 'authenticated', 'authenticated', 'supabase-firebase@example.com',
    '$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
    NULL, '{}', '{}', '2024-05-01 08:15:30+00', now(), NULL, NULL),
  (gen_random_uuid(), 'authenticated', 'authenticated', 'supabase-oauth@example.com', NULL,
    '2024-05-01 08:15:30+00', '{"provider": "github"}', '{}', '2024-05-01 08:15:30+00', now(), NULL, NULL);
SQL
for zone in UTC Europe/Berlin Asia/Kolkata; do
  sql -c "SET timezone = '$zone'" -c "\\copy (SELECT * FROM users ORDER BY email) TO '$folder/postgres-$(basename $zone).csv' WITH (FORMAT csv, HEADER)"
done
sql -c "\\copy (SELECT * FROM users ORDER BY email) TO '$folder/postgres.tsv' WITH (FORMAT text, HEADER)"
sql -c "\\copy (SELECT * FROM auth.users ORDER BY email) TO '$folder/supabase.csv' WITH (FORMAT csv, HEADER)"
