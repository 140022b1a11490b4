// Table changes as the notices that carry them, each short enough for lane control. Pure. PROTOCOL §8.3.

import { encode } from "#bytes";
import { fromServerCodec, type TableChange, tableChangeCodec } from "#chat";

/** A part at its longest, bytes; LONGEST_CONTROL_MESSAGE is 16 KiB. */
const LONGEST_PART = 15_000;
/** What a part's notice holds beside its changes, at most: tags, epoch, two versions, flags, count and hash. */
const PART_OVERHEAD = 64;
/** Changes in a part, at most; the codec refuses more. */
const MOST_CHANGES = 512;

/** What leads from one state of a table to another. */
export interface TableStep {
  readonly epoch: Uint8Array;
  /** 0: from nothing at all. */
  readonly from: number;
  readonly to: number;
  /** Whether the table that it leads to has everybody. */
  readonly isWhole: boolean;
  readonly changes: readonly TableChange[];
  /** Of the table after the last change. */
  readonly hash: Uint8Array;
}

/** The encoded notices of a step, in their order; one where there is no change. */
export function tableParts(step: TableStep): readonly Uint8Array[] {
  const { epoch, from, to, isWhole, hash } = step;
  const groups = grouped(step.changes);
  return groups.map((changes, i) => {
    const body = {
      kind: "table",
      epoch,
      from,
      to,
      isFirst: i === 0,
      isLast: i === groups.length - 1,
      isWhole,
      changes,
      hash,
    } as const;
    return encode(fromServerCodec, { kind: "notice", body });
  });
}

function grouped(changes: readonly TableChange[]): readonly (readonly TableChange[])[] {
  let group: TableChange[] = [];
  let bytes = PART_OVERHEAD;
  const groups = [group];
  for (const change of changes) {
    const length = encode(tableChangeCodec, change).length;
    if (group.length === MOST_CHANGES || bytes + length > LONGEST_PART) {
      group = [];
      groups.push(group);
      bytes = PART_OVERHEAD;
    }
    group.push(change);
    bytes += length;
  }
  return groups;
}
