"""The outbox's tables.

Order never rests on the wall clock: ``alert.n`` counts alerts as they were stored. Of each (incident, agency)
at most one row of `delivery` is ``ready``: the lowest sequence still to be sent, with the gravity of the
gravest that waits behind it. So what may be sent next is the start of an index, however much waits. The
alerts' bytes lie apart, so that a look at all states does not read them.
"""

from __future__ import annotations

APPLICATION_ID = 0x64724F42
"""``drOB`` in the file's header: tells our file from any other SQLite file."""

VERSION = 1

NO_PICTURE, PICTURE_WAITS_FOR_ALERT, PICTURE_DUE, PICTURE_SENT = 0, 1, 2, 3

_TABLES = """
CREATE TABLE alert (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    incident_id TEXT NOT NULL,
    sequence INTEGER NOT NULL CHECK (sequence >= 1),
    sha256 TEXT NOT NULL,
    event TEXT NOT NULL,
    severity TEXT NOT NULL,
    gravity INTEGER NOT NULL,
    status TEXT NOT NULL,
    raises INTEGER NOT NULL,
    picture_sha256 TEXT,
    stored_us INTEGER NOT NULL,
    UNIQUE (incident_id, sequence)
);
CREATE TABLE content (alert_n INTEGER PRIMARY KEY REFERENCES alert (n), raw BLOB NOT NULL);
CREATE TABLE picture (sha256 TEXT PRIMARY KEY, jpeg BLOB NOT NULL);
CREATE TABLE holder (incident_id TEXT, agency TEXT, PRIMARY KEY (incident_id, agency)) WITHOUT ROWID;
CREATE TABLE delivery (
    key INTEGER PRIMARY KEY,
    alert_n INTEGER NOT NULL REFERENCES alert (n),
    incident_id TEXT NOT NULL,
    agency TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    gravity INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'stored',
    open INTEGER NOT NULL DEFAULT 1,
    unsent INTEGER NOT NULL DEFAULT 1,
    ready INTEGER NOT NULL DEFAULT 0,
    priority INTEGER,
    picture INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    stored_us INTEGER NOT NULL,
    sent_us INTEGER,
    received_us INTEGER,
    acknowledged_us INTEGER,
    handed_on_us INTEGER,
    next_repeat_us INTEGER,
    UNIQUE (alert_n, agency)
);
CREATE TABLE receipt (
    agency TEXT NOT NULL,
    receipt_id TEXT NOT NULL,
    alert_n INTEGER NOT NULL REFERENCES alert (n),
    digest TEXT NOT NULL,
    text TEXT NOT NULL,
    taken_us INTEGER NOT NULL,
    PRIMARY KEY (agency, receipt_id)
);
CREATE TABLE refusal (
    agency TEXT NOT NULL,
    reason TEXT NOT NULL,
    count INTEGER NOT NULL,
    first_us INTEGER NOT NULL,
    last_us INTEGER NOT NULL,
    last_sha256 TEXT NOT NULL,
    PRIMARY KEY (agency, reason)
);
CREATE TABLE note (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE journal (n INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, line BLOB NOT NULL);
"""

_INDEXES = """
CREATE INDEX delivery_ready ON delivery (priority, alert_n, agency) WHERE ready = 1;
CREATE INDEX delivery_unsent ON delivery (incident_id, agency, sequence) WHERE unsent = 1;
CREATE INDEX delivery_gravest ON delivery (incident_id, agency, gravity) WHERE unsent = 1;
CREATE INDEX delivery_age ON delivery (open) WHERE open = 1;
CREATE INDEX delivery_open ON delivery (incident_id, agency, sequence) WHERE open = 1;
CREATE INDEX delivery_repeat ON delivery (gravity, next_repeat_us) WHERE next_repeat_us IS NOT NULL;
CREATE INDEX delivery_repeat_of ON delivery (incident_id, agency, sequence) WHERE next_repeat_us IS NOT NULL;
CREATE INDEX delivery_picture ON delivery (gravity, alert_n, agency) WHERE picture = 2;
CREATE INDEX receipt_of ON receipt (alert_n);
"""

_GUARDS = """
CREATE TRIGGER journal_is_not_changed BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_is_not_cut BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_has_no_hole BEFORE INSERT ON journal
    WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM journal)
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER alert_is_not_changed BEFORE UPDATE OF id, incident_id, sequence, sha256 ON alert
    BEGIN SELECT RAISE(ABORT, 'an alert is never changed'); END;
CREATE TRIGGER content_is_not_changed BEFORE UPDATE ON content
    BEGIN SELECT RAISE(ABORT, 'an alert is never changed'); END;
"""

SCRIPT = (
    f"BEGIN; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};"
    f"{_TABLES}{_INDEXES}{_GUARDS} COMMIT;"
)
