// What can be wrong with a file or folder of ours, as one kind of error with stable codes and a sentence for people:
// what was got, what was expected, and one thing to do (behaviour "Starting"). Knows how Node and SQLite report trouble.

/** Stable codes; whoever ends the process for one of them does so with exit code 73. */
export type DiskErrorCode =
  /** Another process has it. */
  | "locked"
  /** This user may not. */
  | "noRights"
  /** The file system takes no writes. */
  | "readOnly"
  /** No space, or a quota or limit of ours reached. */
  | "full"
  /** Ours once, damaged now. */
  | "corrupt"
  /** Ours, of a later version. */
  | "newer"
  /** Somebody else's file. */
  | "foreign"
  /** Not there although what lies beside it says it was. */
  | "missing"
  /** A file stands where a folder is needed, or the reverse. */
  | "misplaced"
  /** The system failed in another way; the detail says how. */
  | "failing";

const sentences: Record<DiskErrorCode, string> = {
  locked:
    "is in use by another process, and only one at a time may have it: end that one, or take another name or folder",
  noRights:
    "may not be read and written by this user, who needs both: change its owner or rights, or take another folder",
  readOnly: "lies on a file system that takes no writes, and one is needed: remount it, or take another folder",
  full: "has no room left to grow, and some is needed: free space on its disk",
  corrupt: "is damaged where a whole file was expected: put back a copy, or move it away to begin anew",
  newer: "was written by a newer udpchat, and this one knows only older files: use the newer udpchat",
  foreign: "is another program's file where one of udpchat's was expected: move it away, or take another folder",
  missing: "is missing where what lies beside it needs it: put back a copy, or move the folder away to begin anew",
  misplaced: "is a file where a folder was expected, or the reverse: move it away, or take another folder",
  failing: "cannot be used, for the system reports a failure where none was expected: check the disk",
};

/** Trouble with the disk. The message is one line, a sentence without its full stop. */
export class DiskError extends Error {
  readonly code: DiskErrorCode;
  readonly path: string;

  /** `detail` says in a few words what exactly was found. */
  constructor(code: DiskErrorCode, path: string, detail?: string) {
    super(`${path} ${sentences[code]}${detail === undefined ? "" : ` (${detail.replaceAll(/\s+/g, " ")})`}`);
    this.name = "DiskError";
    this.code = code;
    this.path = path;
  }

  /** The DiskError for what Node's file functions or SQLite threw; anything else, unchanged, to be thrown on. */
  static from(error: unknown, path: string): unknown {
    if (!(error instanceof Error) || error instanceof DiskError) return error;
    if (isSqliteError(error)) return fromSqlite(error, path);
    if (!isSystemError(error)) return error;
    return new DiskError(systemCodes.get(error.code) ?? "failing", path, error.code);
  }
}

const systemCodes: ReadonlyMap<string, DiskErrorCode> = new Map([
  ["EACCES", "noRights"],
  ["EPERM", "noRights"],
  ["EROFS", "readOnly"],
  ["ENOSPC", "full"],
  ["EDQUOT", "full"],
  ["EBUSY", "locked"],
  ["ENOTDIR", "misplaced"],
  ["EISDIR", "misplaced"],
  ["EEXIST", "misplaced"],
]);

/** Primary result codes of https://sqlite.org/rescode.html that say something about the disk. */
const sqliteCodes: ReadonlyMap<number, DiskErrorCode> = new Map([
  [3, "noRights"], // SQLITE_PERM
  [5, "locked"], // SQLITE_BUSY
  [8, "readOnly"], // SQLITE_READONLY
  [10, "failing"], // SQLITE_IOERR
  [11, "corrupt"], // SQLITE_CORRUPT
  [13, "full"], // SQLITE_FULL
  [14, "failing"], // SQLITE_CANTOPEN
  [26, "corrupt"], // SQLITE_NOTADB
]);

interface SystemError extends Error {
  readonly code: string;
  readonly syscall: string;
}

interface SqliteError extends Error {
  readonly errcode: number;
  readonly errstr: string;
}

function isSystemError(error: Error): error is SystemError {
  return "syscall" in error && "code" in error && typeof error.code === "string";
}

function isSqliteError(error: Error): error is SqliteError {
  return "errcode" in error && typeof error.errcode === "number" && "errstr" in error;
}

function fromSqlite(error: SqliteError, path: string): Error {
  const code = sqliteCodes.get(error.errcode & 0xff);
  return code === undefined ? error : new DiskError(code, path, `SQLite: ${error.errstr}`);
}
