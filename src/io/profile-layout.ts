// What stands in a profile's database, and the statements that SqliteProfile works with. Pure.
// What is said stands in one table, and what became of it in others, so that a text is written once in its
// life: SQLite writes a row again, however long, when it grows. Its `id`
// is the order of storing and what a text index over the history would refer to. What a starting client reads has indexes
// or tables of its own, and is found without a look at the rest of the history. Mail keys that are dropped are gone from
// the file.

import type { SqliteLayout } from "./sqlite-file.ts";

const fates = `
    CREATE TABLE outbox (id INTEGER PRIMARY KEY) STRICT; -- outgoing messages that have not ended
    CREATE TABLE ends (                                  -- and those that have
      id INTEGER PRIMARY KEY,
      end TEXT NOT NULL,    -- an OutgoingEnd, "expired", or "taken" for a post
      endedAtMs INTEGER     -- of all but posts
    ) STRICT;
    CREATE INDEX kept ON ends (id) WHERE end IN ('saved', 'exists');`;

export const profileLayout: SqliteLayout = {
  applicationId: 0x75637066, // "ucpf"
  version: 2,
  synchronous: "NORMAL",
  secureDelete: true,
  schema: `
    CREATE TABLE epoch (epoch BLOB NOT NULL) STRICT;
    CREATE TABLE personPins (nameKey TEXT NOT NULL UNIQUE, name TEXT NOT NULL, personKey BLOB NOT NULL) STRICT;
    CREATE TABLE serverPins (address TEXT NOT NULL UNIQUE, identityKey BLOB NOT NULL, staticKey BLOB NOT NULL) STRICT;
    CREATE TABLE lastNumbers (toKey BLOB NOT NULL UNIQUE, number INTEGER NOT NULL) STRICT;
    CREATE TABLE progress (
      fromKey BLOB NOT NULL, epoch BLOB NOT NULL, next INTEGER NOT NULL, UNIQUE (fromKey, epoch)
    ) STRICT;
    CREATE TABLE mailKeys (secret BLOB NOT NULL UNIQUE, createdAtMs INTEGER NOT NULL) STRICT;
    CREATE TABLE messages (
      id INTEGER PRIMARY KEY,
      isOutgoing INTEGER NOT NULL,
      messageId BLOB NOT NULL,
      channel TEXT,         -- of posts: EVERYBODY, or the name of a group
      peerName TEXT,        -- of all but our own posts, as the next three
      peerKey BLOB,
      epoch BLOB,
      number INTEGER,
      sentAtMs INTEGER NOT NULL,
      text TEXT NOT NULL,
      mailedAtMs INTEGER,   -- of mail that came in
      receivedAtMs INTEGER, -- of incoming messages
      isShown INTEGER       -- of incoming messages
    ) STRICT;
    ${fates}
    CREATE UNIQUE INDEX outgoing ON messages (messageId) WHERE isOutgoing = 1;
    CREATE UNIQUE INDEX incoming ON messages (peerKey, messageId) WHERE isOutgoing = 0;
    CREATE INDEX unshown ON messages (id) WHERE isOutgoing = 0 AND isShown = 0;`,
  upgrades: [
    // In version 1 a message's end stood in its row, which was written again with all its text.
    `DROP INDEX outbox;
    DROP INDEX kept;
    ${fates}
    INSERT INTO outbox SELECT id FROM messages WHERE isOutgoing = 1 AND end IS NULL;
    INSERT INTO ends SELECT id, end, endedAtMs FROM messages WHERE isOutgoing = 1 AND end IS NOT NULL;
    ALTER TABLE messages DROP COLUMN end;
    ALTER TABLE messages DROP COLUMN endedAtMs;`,
  ],
};

/** What `load` reads: none of these may go through the history. */
export const loadStatements = {
  epoch: "SELECT epoch FROM epoch",
  personPins: "SELECT nameKey, name, personKey FROM personPins ORDER BY rowid",
  serverPins: "SELECT address, identityKey, staticKey FROM serverPins ORDER BY rowid",
  outbox: `
    SELECT messageId, peerName AS toName, peerKey AS toKey, epoch, number, sentAtMs, text
    FROM outbox CROSS JOIN messages USING (id) ORDER BY id`,
  kept: `
    SELECT messageId, peerName AS toName, peerKey AS toKey, epoch, number, sentAtMs, text, end
    FROM ends INDEXED BY kept CROSS JOIN messages USING (id) WHERE end IN ('saved', 'exists') ORDER BY id`,
  mailKeys: "SELECT secret, createdAtMs FROM mailKeys ORDER BY rowid",
  lastNumbers: "SELECT toKey, number FROM lastNumbers ORDER BY rowid",
  unshown: `
    SELECT channel, mailedAtMs, messageId, peerName AS fromName, peerKey AS fromKey, epoch, number, sentAtMs,
      receivedAtMs, text
    FROM messages INDEXED BY unshown WHERE isOutgoing = 0 AND isShown = 0 ORDER BY id`,
  progress: "SELECT fromKey, epoch, next FROM progress ORDER BY rowid",
};

export const changeStatements = {
  forgetEpoch: "DELETE FROM epoch",
  forgetNumbers: "DELETE FROM lastNumbers",
  putEpoch: "INSERT INTO epoch VALUES (?)",
  pinPerson: `
    INSERT INTO personPins (nameKey, name, personKey) VALUES (?, ?, ?)
    ON CONFLICT (nameKey) DO UPDATE SET name = excluded.name, personKey = excluded.personKey`,
  pinServer: `
    INSERT INTO serverPins (address, identityKey, staticKey) VALUES (?, ?, ?)
    ON CONFLICT (address) DO UPDATE SET identityKey = excluded.identityKey, staticKey = excluded.staticKey`,
  putOutgoing: `
    INSERT INTO messages (isOutgoing, messageId, peerName, peerKey, epoch, number, sentAtMs, text)
    VALUES (1, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  noteNumber: `
    INSERT INTO lastNumbers (toKey, number) SELECT ?, ? FROM epoch WHERE epoch = ?
    ON CONFLICT (toKey) DO UPDATE SET number = max(number, excluded.number)`,
  enterOutbox: "INSERT INTO outbox VALUES (?)",
  leaveOutbox: "DELETE FROM outbox WHERE id = (SELECT id FROM messages WHERE isOutgoing = 1 AND messageId = ?)",
  endOutgoing: "INSERT INTO ends SELECT id, ?, ? FROM messages WHERE isOutgoing = 1 AND messageId = ?",
  endKept: `
    UPDATE ends SET end = ?, endedAtMs = ?
    WHERE id = (SELECT id FROM messages WHERE isOutgoing = 1 AND messageId = ?) AND end IN ('saved', 'exists')`,
  putSent: `
    INSERT INTO messages (isOutgoing, messageId, channel, sentAtMs, text) VALUES (1, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING`,
  endSent: "INSERT INTO ends VALUES (?, 'taken', NULL)",
  putMailKey: "INSERT INTO mailKeys (secret, createdAtMs) VALUES (?, ?) ON CONFLICT DO NOTHING",
  dropMailKey: "DELETE FROM mailKeys WHERE secret = ?",
  putIncoming: `
    INSERT INTO messages (isOutgoing, messageId, peerName, peerKey, epoch, number, sentAtMs, text, receivedAtMs, isShown,
      channel, mailedAtMs)
    VALUES (0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  markShown: `
    UPDATE messages SET isShown = 1 WHERE isOutgoing = 0 AND peerKey = ? AND messageId = ? AND isShown = 0`,
  putProgress: `
    INSERT INTO progress (fromKey, epoch, next) VALUES (?, ?, ?)
    ON CONFLICT (fromKey, epoch) DO UPDATE SET next = excluded.next`,
  dropProgress: "DELETE FROM progress WHERE fromKey = ? AND epoch = ?",
};
