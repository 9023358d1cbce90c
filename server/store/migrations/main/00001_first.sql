-- +goose Up
-- Every column says what it is and when it is deleted. Times about a member are never finer than a month outside sealed
-- payloads; session and item times are of the group, and go with the session or the item.

CREATE TABLE rooms (
  id       TEXT PRIMARY KEY,   -- address of the room; never deleted
  name     TEXT NOT NULL,      -- what people call it
  kind     TEXT NOT NULL,      -- one of five
  capacity INTEGER NOT NULL,   -- members at once
  purpose  TEXT NOT NULL       -- one line for the landing page
) WITHOUT ROWID;

CREATE TABLE sessions (
  id       TEXT PRIMARY KEY,           -- 128 random bits; stays as a name for items after the purge
  room     TEXT NOT NULL REFERENCES rooms(id),
  state    TEXT NOT NULL CHECK (state IN ('open', 'closed', 'purged')),
  epoch    INTEGER NOT NULL,           -- of the owner; compared by every append
  last     INTEGER NOT NULL DEFAULT 0, -- last position of the log
  purge_at INTEGER NOT NULL DEFAULT 0  -- Unix seconds; 0 while open, 0 again once purged
) WITHOUT ROWID;
CREATE UNIQUE INDEX one_open_session ON sessions(room) WHERE state = 'open';

-- Records stand in the order of their commits, so that many rooms' words share pages; the index finds a session's own.
CREATE TABLE records (
  session  TEXT NOT NULL REFERENCES sessions(id),
  position INTEGER NOT NULL,  -- from 1; all columns are deleted at the purge
  stream   TEXT NOT NULL,     -- audience
  kind     TEXT NOT NULL,
  sealed   BLOB NOT NULL,     -- XChaCha20-Poly1305 under the session's key
  PRIMARY KEY (session, position)
);

CREATE TABLE items (
  id             TEXT PRIMARY KEY,            -- derived from session, target and lane
  session        TEXT NOT NULL,
  room           TEXT NOT NULL,
  lane           TEXT NOT NULL CHECK (lane IN ('care', 'held', 'conduct', 'system')),
  lane_order     INTEGER NOT NULL,            -- 0 is the most urgent
  target         TEXT NOT NULL,               -- inside the session; names a place at most
  about          TEXT NOT NULL,               -- facilitator it is about, '' for members
  state          TEXT NOT NULL CHECK (state IN ('open', 'leased', 'escalated', 'reopened', 'resolved')),
  version        INTEGER NOT NULL,            -- grows with every change
  flags          INTEGER NOT NULL,            -- how often it was raised
  raised_at      INTEGER NOT NULL,            -- Unix seconds; set to 0 at the purge
  deadline       INTEGER NOT NULL,            -- Unix seconds of the first look it should have; 0 after the purge
  lease          TEXT NOT NULL DEFAULT '',    -- name of the claim, '' when free
  lease_by       TEXT NOT NULL DEFAULT '',    -- facilitator who has it
  lease_name     TEXT NOT NULL DEFAULT '',    -- what they are called
  lease_until    INTEGER NOT NULL DEFAULT 0,  -- Unix seconds
  outcome        TEXT NOT NULL DEFAULT '',    -- of the last decision
  own_key        INTEGER NOT NULL,            -- 1: sealed under the item's key, 0: under the session's
  sealed         BLOB NOT NULL,               -- details and evidence; emptied with its key
  evidence_until TEXT NOT NULL DEFAULT '',    -- day the item's key is destroyed; '' while unresolved
  UNIQUE (session, target, lane)
) WITHOUT ROWID;
-- The next item among a million is found in microseconds: resolved ones are not in the index.
CREATE INDEX next_item ON items(lane_order, deadline, id) WHERE state <> 'resolved';

CREATE TABLE journal (
  seq     INTEGER PRIMARY KEY, -- from 1; nothing here is ever deleted
  day     TEXT NOT NULL,       -- UTC date, nothing finer
  actor   TEXT NOT NULL,       -- facilitator, staff, operator or system
  act     TEXT NOT NULL,
  lane    TEXT NOT NULL,
  outcome TEXT NOT NULL,
  room    TEXT NOT NULL,
  mac     BLOB NOT NULL,       -- HMAC(key, target); the key dies, so does the link
  prev    BLOB NOT NULL,       -- hash of the line before
  hash    BLOB NOT NULL
);
-- +goose StatementBegin
CREATE TRIGGER journal_is_append_only_update BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER journal_is_append_only_delete BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
-- +goose StatementEnd

CREATE TABLE head (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  seq  INTEGER NOT NULL, -- of the last journal line: a cut-off tail is found
  hash BLOB NOT NULL
);

CREATE TABLE workers (
  id   TEXT PRIMARY KEY,  -- facilitators and staff; members are never here
  duty TEXT NOT NULL CHECK (duty IN ('facilitator', 'staff')),
  name TEXT NOT NULL      -- what they chose to be called
) WITHOUT ROWID;

CREATE TABLE invitations (
  hash    BLOB PRIMARY KEY,       -- SHA-256 of the code; deleted when used or expired
  duty    TEXT NOT NULL,
  name    TEXT NOT NULL,
  expires INTEGER NOT NULL        -- Unix seconds
) WITHOUT ROWID;

CREATE TABLE sign_ins (
  hash    BLOB PRIMARY KEY,       -- SHA-256 of the cookie; deleted at sign-out or expiry
  worker  TEXT NOT NULL REFERENCES workers(id),
  idle    INTEGER NOT NULL,       -- Unix seconds after which it lapses unless used
  ends    INTEGER NOT NULL        -- Unix seconds after which it lapses in any case
) WITHOUT ROWID;

-- +goose Down
