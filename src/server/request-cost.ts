// How many requests' worth a request is: what it makes the server send, read or print. Pure. PROTOCOL §8.6.

import { MOST_NAMES, type RequestBody } from "#chat";

import { MAIL_OVERHEAD_BYTES } from "./kept-records.ts";

/** Bytes that are passed on for the price of one request. */
const BYTES_PER_REQUEST = 64 * 1024;
/** Names that are listed for the price of one request. */
const NAMES_PER_REQUEST = 16;
/** Numbers that are collected for the price of one request. */
const NUMBERS_PER_REQUEST = 64;

/** What a request would touch. */
export interface RequestScope {
  /** Rows of the table that the asker is sent anew, counted as `tableRowsPerRequest` has it. */
  readonly tableRequests: number;
  /** Members of the group that the asker is in, itself included, and everybody who is here. */
  readonly groupMembers: number;
  readonly everybody: number;
  /** Groups that there are. */
  readonly groups: number;
}

/** The price of a request; `scope` is looked at only where it matters. */
export function requestCost(body: RequestBody, scope: RequestScope): number {
  switch (body.kind) {
    case "register":
    case "deregister":
    case "introduce":
    case "reportSilent":
    case "lookUp":
    case "certificate":
    case "createGroup":
    case "joinGroup":
    case "leaveGroup":
      return 1;
    case "resync":
      return 1 + scope.tableRequests;
    case "save":
      return 1 + weighed(body.envelope) / BYTES_PER_REQUEST;
    case "fetch":
      // A page, before it is known what is on it.
      return 2;
    case "collect":
      return (
        1 +
        body.numbers.length / NUMBERS_PER_REQUEST +
        body.receipts.reduce((bytes, { envelope }) => bytes + weighed(envelope), 0) / BYTES_PER_REQUEST
      );
    case "post":
      return (
        1 +
        (weighed(body.content) * ((body.to === undefined ? scope.everybody : scope.groupMembers) - 1)) /
          BYTES_PER_REQUEST
      );
    case "listGroups":
      return listCost(body.after === undefined ? scope.groups : MOST_NAMES);
    case "listMembers":
      return listCost(body.after === undefined ? scope.groupMembers : MOST_NAMES);
    default:
      throw new TypeError(`no such request: ${JSON.stringify(body satisfies never)}`);
  }
}

/** The first page costs all names, as all of them are sorted, and told to the operator. */
function listCost(names: number): number {
  return 1 + names / NAMES_PER_REQUEST;
}

function weighed({ length }: Uint8Array): number {
  return length + MAIL_OVERHEAD_BYTES;
}
