-- +goose Up
-- Order is an identifier: no rowids, no times, random keys only. Rewritten on a schedule.

CREATE TABLE slips (
  hash  BLOB PRIMARY KEY,                    -- SHA-256 of the code
  room  TEXT NOT NULL,
  spent INTEGER NOT NULL DEFAULT 0           -- 1 once used; never says by whom
) WITHOUT ROWID;

CREATE TABLE seats (
  id         TEXT PRIMARY KEY,               -- 128 random bits
  room       TEXT NOT NULL,
  handle     TEXT NOT NULL,                  -- pseudonym in this room only
  skeleton   TEXT NOT NULL,                  -- what the handle looks like
  credential BLOB NOT NULL UNIQUE,           -- SHA-256 of HKDF(words, room)
  UNIQUE (room, skeleton)
) WITHOUT ROWID;

CREATE TABLE devices (
  hash BLOB PRIMARY KEY,                     -- SHA-256 of the device's secret
  seat TEXT NOT NULL REFERENCES seats(id)
) WITHOUT ROWID;
CREATE INDEX devices_of_seat ON devices(seat);

-- +goose Down
