// What stands in the books for others, and the statements that SqliteMail and SqliteKept work with. Pure.
// Contents are the last columns and the indexes carry what is asked for before them, so that a mailbox is counted,
// listed and thrown away without reading its letters.

export const keptSchema = `
  CREATE TABLE kept (lastNumber INTEGER NOT NULL) STRICT;
  INSERT INTO kept VALUES (0);
  CREATE TABLE tallies (
    name TEXT NOT NULL, key BLOB NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (name, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE mail (
    number INTEGER PRIMARY KEY,
    toKey BLOB NOT NULL,
    fromKey BLOB NOT NULL,
    isReceipt INTEGER NOT NULL,
    messageId BLOB, -- of letters
    arrivedMs INTEGER NOT NULL,
    weight INTEGER NOT NULL,
    envelope BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX letters ON mail (fromKey, messageId) WHERE isReceipt = 0;
  CREATE INDEX boxes ON mail (toKey, isReceipt, number, weight);
  CREATE INDEX mailByAge ON mail (arrivedMs);
  CREATE TABLE writing (
    fromKey BLOB NOT NULL, toKey BLOB NOT NULL, number INTEGER NOT NULL, atMs INTEGER NOT NULL, UNIQUE (fromKey, toKey)
  ) STRICT;
  CREATE INDEX writingInOrder ON writing (fromKey, number);
  CREATE INDEX writingByAge ON writing (atMs);
  CREATE TABLE posts (
    number INTEGER PRIMARY KEY,
    groupKey TEXT, -- of posts to groups
    fromKey BLOB NOT NULL,
    fromName TEXT NOT NULL,
    messageId BLOB NOT NULL,
    epoch BLOB NOT NULL,
    ownNumber INTEGER NOT NULL,
    sentAtMs INTEGER NOT NULL,
    arrivedMs INTEGER NOT NULL,
    scheme INTEGER NOT NULL,
    keyEpoch INTEGER NOT NULL,
    weight INTEGER NOT NULL,
    owedBy BLOB NOT NULL, -- keys of 32 bytes, one after the other
    content BLOB NOT NULL
  ) STRICT;
  CREATE INDEX postsByGroup ON posts (groupKey, number, fromKey, weight);
  CREATE INDEX postsToGroups ON posts (number) WHERE groupKey IS NOT NULL;
  CREATE INDEX postsToEverybodyByAge ON posts (arrivedMs) WHERE groupKey IS NULL;
  CREATE TABLE posted (
    personKey BLOB NOT NULL, epoch BLOB NOT NULL, ownNumber INTEGER NOT NULL, atMs INTEGER NOT NULL,
    number INTEGER NOT NULL, UNIQUE (personKey, epoch)
  ) STRICT;
  CREATE INDEX postedByAge ON posted (atMs);
  CREATE TRIGGER postedOfNobody AFTER DELETE ON persons BEGIN
    DELETE FROM posted WHERE personKey = old.personKey;
  END;
  CREATE TABLE marks (personKey BLOB NOT NULL UNIQUE, number INTEGER NOT NULL) STRICT;
  CREATE TABLE groups (
    groupKey TEXT NOT NULL UNIQUE, name TEXT NOT NULL, creatorKey BLOB NOT NULL, usedMs INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE members (personKey BLOB NOT NULL UNIQUE, groupKey TEXT NOT NULL) STRICT;
  CREATE INDEX membersByGroup ON members (groupKey);`;

const postColumns = `groupKey, fromKey, fromName, messageId, epoch, ownNumber, sentAtMs, arrivedMs, scheme, keyEpoch,
  content, owedBy`;

export const mailStatements = {
  isThere: "SELECT 1 FROM mail WHERE fromKey = ? AND messageId = ? AND isReceipt = 0",
  put: `
    INSERT INTO mail (number, toKey, fromKey, isReceipt, messageId, arrivedMs, weight, envelope)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  forget: "DELETE FROM mail WHERE number = ? AND toKey = ? RETURNING fromKey, weight, isReceipt",
  letter: "SELECT number, toKey, fromKey, messageId, arrivedMs, envelope FROM mail WHERE number = ?",
  receipt: "SELECT number, toKey, fromKey, arrivedMs, envelope FROM mail WHERE number = ?",
  weighOld: `
    SELECT toKey, fromKey, sum(weight) AS weight, sum(isReceipt) AS receipts FROM mail INDEXED BY mailByAge
    WHERE arrivedMs < ? GROUP BY toKey, fromKey`,
  dropOld: "DELETE FROM mail WHERE arrivedMs < ?",
  hasWritten: "SELECT 1 FROM writing WHERE fromKey = ? AND toKey = ?",
  putWriting: `
    INSERT INTO writing (fromKey, toKey, number, atMs) VALUES (?, ?, ?, ?)
    ON CONFLICT (fromKey, toKey) DO UPDATE SET number = excluded.number, atMs = excluded.atMs`,
  oldestWriting: "SELECT toKey FROM writing WHERE fromKey = ? ORDER BY number LIMIT 1",
  oldWriting: "SELECT fromKey, toKey FROM writing WHERE atMs < ? LIMIT 1000",
  forgetWriting: "DELETE FROM writing WHERE fromKey = ? AND toKey = ?",
  tally: "SELECT amount FROM tallies WHERE name = ? AND key = ?",
  addTally: `
    INSERT INTO tallies (name, key, amount) VALUES (?, ?, ?)
    ON CONFLICT (name, key) DO UPDATE SET amount = amount + excluded.amount`,
  forgetTally: "DELETE FROM tallies WHERE name = ? AND key = ? AND amount = 0",
};

export const keptStatements = {
  lastNumber: "SELECT lastNumber FROM kept",
  noteNumber: "UPDATE kept SET lastNumber = max(lastNumber, ?)",
  groups: "SELECT groupKey, name, creatorKey, usedMs FROM groups ORDER BY rowid",
  members: "SELECT groupKey, personKey FROM members ORDER BY rowid",
  posts: `SELECT number, ${postColumns} FROM posts INDEXED BY postsToGroups WHERE groupKey IS NOT NULL ORDER BY number`,
  posted: "SELECT personKey, epoch, ownNumber, atMs FROM posted",
  lettersAndPosts: `
    SELECT number, weight, 0 AS isPost FROM mail WHERE toKey = ? AND isReceipt = 0 AND number > ?
    UNION ALL
    SELECT number, weight, 1 AS isPost FROM posts INDEXED BY postsByGroup
    WHERE groupKey IS NULL AND number > ? AND fromKey <> ?
    ORDER BY number LIMIT ?`,
  receipts: "SELECT number, weight FROM mail WHERE toKey = ? AND isReceipt = 1 AND number > ? ORDER BY number LIMIT ?",
  post: `SELECT number, ${postColumns} FROM posts WHERE number = ?`,
  putPost: `INSERT INTO posts (weight, number, ${postColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  removePost: "DELETE FROM posts WHERE number = ? AND groupKey IS NOT NULL",
  putPosted: `
    INSERT INTO posted (personKey, epoch, ownNumber, atMs, number) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (personKey, epoch) DO UPDATE SET ownNumber = max(ownNumber, excluded.ownNumber),
      atMs = excluded.atMs, number = excluded.number`,
  forgetPosted: `
    DELETE FROM posted WHERE rowid IN
      (SELECT rowid FROM posted WHERE personKey = ? ORDER BY number DESC LIMIT -1 OFFSET ?)`,
  dropPosted: "DELETE FROM posted WHERE atMs < ?",
  weighOldPosts: `
    SELECT fromKey, sum(weight) AS weight FROM posts INDEXED BY postsToEverybodyByAge
    WHERE groupKey IS NULL AND arrivedMs < ? GROUP BY fromKey`,
  dropPosts: "DELETE FROM posts WHERE groupKey IS NULL AND arrivedMs < ?",
  mark: "SELECT number FROM marks WHERE personKey = ?",
  putMark: `
    INSERT INTO marks (personKey, number) VALUES (?, ?)
    ON CONFLICT (personKey) DO UPDATE SET number = max(number, excluded.number)`,
  dropMarks: "DELETE FROM marks WHERE personKey NOT IN (SELECT personKey FROM persons)",
  putGroup: `
    INSERT INTO groups (groupKey, name, creatorKey, usedMs) VALUES (?, ?, ?, ?) ON CONFLICT (groupKey) DO NOTHING`,
  removeGroup: "DELETE FROM groups WHERE groupKey = ?",
  removeMembers: "DELETE FROM members WHERE groupKey = ?",
  removePosts: "DELETE FROM posts WHERE groupKey = ?",
  touchGroup: "UPDATE groups SET usedMs = ? WHERE groupKey = ?",
  putMember: `
    INSERT INTO members (groupKey, personKey) SELECT groupKey, ? FROM groups WHERE groupKey = ?
    ON CONFLICT (personKey) DO UPDATE SET groupKey = excluded.groupKey`,
  removeMember: "DELETE FROM members WHERE personKey = ?",
};
