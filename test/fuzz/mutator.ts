// Bends valid bytes where it hurts. It knows the structure of a sample without being told: it watches the sample's own
// reader, and so knows where each integer, length and run of bytes lies. All its dice come from the seed.

import { ByteReader, ByteWriter, concatBytes } from "#bytes";
import { type Random } from "#sim";

type Kind = "u8" | "u16" | "u32" | "u48" | "varint" | "bytes";

/** One read of a reader: where in the sample, and how long. */
interface Field {
  readonly kind: Kind;
  readonly at: number;
  readonly length: number;
}

/** Valid bytes and where their fields lie. */
export interface Sample {
  readonly bytes: Uint8Array;
  readonly fields: readonly Field[];
}

const MOST_BYTES = 80_000;
const varints = [0, 1, 2, 63, 64, 255, 16_383, 16_384, 65_536, 2 ** 30 - 1, 2 ** 30, 2 ** 48, 2 ** 53 - 1];
const edges = [0, 1, 2, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xfe, 0xff];
const kinds = ["u8", "u16", "u32", "u48", "varint", "bytes"] as const;

/** What a reader reads of some bytes, in the order of the bytes; what it reads of copies is not seen. */
export function sampleOf(bytes: Uint8Array, read: (bytes: Uint8Array) => unknown): Sample {
  const fields: Field[] = [];
  const { prototype } = ByteReader;
  const whole = new Map(kinds.map((kind) => [kind, prototype[kind] as (length?: number) => unknown]));
  const slice = prototype.bytes;
  let depth = 0;
  for (const [kind, method] of whole) {
    const watched = function (this: ByteReader, length?: number): unknown {
      // An empty slice tells where a reader stands, whatever part of the sample it was given.
      const { buffer, byteOffset } = slice.call(this, 0);
      const before = this.left;
      depth++;
      const value = method.call(this, length);
      depth--;
      const isOutermost = depth === 0 && buffer === bytes.buffer && before > 0 && !this.failed;
      if (isOutermost) fields.push({ kind, at: byteOffset - bytes.byteOffset, length: before - this.left });
      return value;
    };
    Object.defineProperty(prototype, kind, { value: watched, configurable: true, writable: true });
  }
  try {
    read(bytes);
  } finally {
    for (const [kind, value] of whole)
      Object.defineProperty(prototype, kind, { value, configurable: true, writable: true });
  }
  const seen = new Map(
    fields.filter(({ length }) => length > 0).map((field) => [`${field.at}|${field.length}`, field]),
  );
  return { bytes, fields: [...seen.values()].toSorted((a, b) => a.at - b.at) };
}

/** One to four changes to one of the samples. */
export function mutated(samples: readonly Sample[], random: Random): Uint8Array {
  const sample = random.pick(samples) ?? { bytes: new Uint8Array(0), fields: [] };
  const other = random.pick(samples) ?? sample;
  let bytes = random.chance(0.8) ? inFields(sample, other, random) : inBytes(sample.bytes, other.bytes, random);
  while (random.chance(0.3)) bytes = inBytes(bytes, other.bytes, random);
  return bytes.subarray(0, MOST_BYTES);
}

function inFields(sample: Sample, other: Sample, random: Random): Uint8Array {
  const { bytes, fields } = sample;
  const index = random.below(fields.length);
  const field = fields[index];
  if (field === undefined) return inBytes(bytes, other.bytes, random);
  const end = field.at + field.length;
  const run = fields[Math.min(fields.length - 1, index + random.below(6))] ?? field;
  const runEnd = run.at + run.length;
  switch (random.below(7)) {
    case 0:
    case 1:
      return spliced(bytes, field.at, end, changedField(bytes, field, random));
    case 2:
      return resized(sample, index, random);
    case 3:
      return spliced(bytes, field.at, runEnd, new Uint8Array(0));
    case 4:
      return spliced(bytes, runEnd, runEnd, bytes.subarray(field.at, runEnd));
    case 5: {
      const from = random.pick(other.fields);
      return from === undefined ? bytes : concatBytes(bytes.subarray(0, field.at), other.bytes.subarray(from.at));
    }
    default: {
      const from = random.pick(other.fields) ?? field;
      return spliced(bytes, field.at, end, other.bytes.subarray(from.at, from.at + from.length));
    }
  }
}

/** A field of the same kind with another value, now and then in a form that no writer makes. */
function changedField(bytes: Uint8Array, { kind, at, length }: Field, random: Random): Uint8Array {
  const writer = new ByteWriter();
  const now = bytes.subarray(at, at + length);
  if (kind === "bytes") return filled(random.chance(0.5) ? length : random.below(length + 40), random);
  if (kind !== "varint") {
    const byte = random.pick(edges) ?? 0;
    return random.chance(0.5) ? now.with(random.below(length), byte) : filled(length, random);
  }
  const value = new ByteReader(now).varint();
  const near = [value - 1, value + 1, value * 2, value + 64].filter((each) => each >= 0 && each < 2 ** 53);
  if (random.chance(0.2)) return Uint8Array.of(0x40, value & 0x3f);
  return writer.varint(random.pick(random.chance(0.5) ? varints : near) ?? 0).finish();
}

/** Bytes of another length, and the length that goes before them told the truth, so that what lies behind it is read. */
function resized({ bytes, fields }: Sample, index: number, random: Random): Uint8Array {
  const body = fields.slice(index).findIndex(({ kind }) => kind === "bytes");
  const [before, field] = [fields[index + body - 1], fields[index + body]];
  if (body < 0 || field === undefined) return bytes;
  const end = field.at + field.length;
  const longer = random.pick([0, 1, 63, 64, 120, 121, 128, 129, 255, 900, 1024, 65_537]) ?? 0;
  const content = filled(random.chance(0.5) ? random.below(2 * field.length + 2) : longer, random);
  if (before?.kind !== "varint" || before.at + before.length !== field.at)
    return spliced(bytes, field.at, end, content);
  const length = new ByteWriter().varint(content.length).finish();
  return spliced(bytes, before.at, end, concatBytes(length, content));
}

function inBytes(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length);
  const end = Math.min(bytes.length, at + 1 + random.below(20));
  switch (random.below(7)) {
    case 0:
      return bytes.subarray(0, random.below(bytes.length + 1));
    case 1:
      return bytes.length === 0 ? bytes : bytes.with(at, (bytes[at] ?? 0) ^ (1 << random.below(8)));
    case 2:
      return bytes.length === 0 ? bytes : bytes.with(at, random.pick(edges) ?? 0);
    case 3:
      return concatBytes(bytes, filled(1 + random.below(40), random));
    case 4:
      return spliced(bytes, at, end, new Uint8Array(0));
    case 5:
      return spliced(bytes, at, at, bytes.subarray(at, end));
    default:
      return concatBytes(bytes.subarray(0, at), other.subarray(random.below(other.length)));
  }
}

function spliced(bytes: Uint8Array, at: number, end: number, content: Uint8Array): Uint8Array {
  return concatBytes(bytes.subarray(0, at), content, bytes.subarray(end));
}

function filled(length: number, random: Random): Uint8Array {
  return random.chance(0.3)
    ? new Uint8Array(length).fill(random.pick(edges) ?? 0)
    : random.dice(length).slice(0, length);
}
