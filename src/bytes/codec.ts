// Codecs: a value's shape said once, from which come its reader, its writer and its TypeScript type. Pure.
// One encoding a value: integers in shortest form, no trailing bytes, every length bounded (PROTOCOL §1.2).

import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { utf8 } from "./bytes.ts";

/** How a `T` lies in bytes. `read` never throws: it makes the reader `failed`. */
export interface Codec<T> {
  read(reader: ByteReader): T;
  write(writer: ByteWriter, value: T): void;
}

/** The type that a codec reads and writes. */
export type Value<C> = C extends Codec<infer T> ? T : never;

/** Memory in which values are put together; undefined while one is, so that a codec may encode, too. */
let scratch: ByteWriter | undefined = new ByteWriter();

/** The bytes of a value, in memory of their own. */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const writer = scratch?.clear() ?? new ByteWriter();
  scratch = undefined;
  codec.write(writer, value);
  // What threw is left to itself; what grew is kept, as the next value may be as long.
  scratch = writer;
  return writer.copy();
}

/** The value in `bytes`, or undefined where they are not exactly one. Slices share the memory of `bytes`. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T | undefined {
  const reader = new ByteReader(bytes);
  const value = codec.read(reader);
  return reader.finished ? value : undefined;
}

export const u8: Codec<number> = { read: (r) => r.u8(), write: (w, v) => void w.u8(v) };
export const u16: Codec<number> = { read: (r) => r.u16(), write: (w, v) => void w.u16(v) };
export const u48: Codec<number> = { read: (r) => r.u48(), write: (w, v) => void w.u48(v) };
export const varint: Codec<number> = { read: (r) => r.varint(), write: (w, v) => void w.varint(v) };

/** One byte, 0 or 1. */
export const flag: Codec<boolean> = {
  read: (r) => {
    const value = r.u8();
    if (value > 1) r.fail();
    return value === 1;
  },
  write: (w, v) => void w.u8(v ? 1 : 0),
};

/** Exactly `length` bytes. */
export function fixed(length: number): Codec<Uint8Array> {
  return {
    read: (r) => r.bytes(length),
    write: (w, v) => {
      if (v.length !== length) throw new RangeError(`${v.length} bytes where ${length} belong`);
      w.bytes(v);
    },
  };
}

/** Up to `most` bytes behind their length. */
export function blob(most: number): Codec<Uint8Array> {
  return {
    read: (r) => r.bytes(boundedLength(r, most)),
    write: (w, v) => {
      if (v.length > most) throw new RangeError(`${v.length} bytes where ${most} fit`);
      w.varint(v.length).bytes(v);
    },
  };
}

/** UTF-8 text of up to `most` bytes behind its length. */
export function text(most: number): Codec<string> {
  const bytes = blob(most);
  return { read: (r) => r.text(boundedLength(r, most)), write: (w, v) => bytes.write(w, utf8(v)) };
}

/** Up to `most` items behind their number. */
export function list<T>(item: Codec<T>, most: number): Codec<readonly T[]> {
  return {
    read: (r) => {
      const count = boundedLength(r, most);
      const items: T[] = [];
      for (let i = 0; i < count && !r.failed; i++) items.push(item.read(r));
      return items;
    },
    write: (w, v) => {
      if (v.length > most) throw new RangeError(`${v.length} items where ${most} fit`);
      w.varint(v.length);
      for (const each of v) item.write(w, each);
    },
  };
}

/** Nothing, or one value: a flag and then the value. */
export function optional<T>(item: Codec<T>): Codec<T | undefined> {
  return {
    read: (r) => (flag.read(r) ? item.read(r) : undefined),
    write: (w, v) => {
      w.u8(v === undefined ? 0 : 1);
      if (v !== undefined) item.write(w, v);
    },
  };
}

/** Fields one after the other, in the order of `fields`. */
export function struct<F extends Record<string, Codec<unknown>>>(
  fields: F,
): Codec<{ readonly [K in keyof F]: Value<F[K]> }> {
  const keys = Object.keys(fields);
  const codecs = Object.values(fields);
  return {
    read: (r) => {
      const value: Record<string, unknown> = {};
      for (let i = 0; i < keys.length; i++) value[keys[i] as string] = (codecs[i] as Codec<unknown>).read(r);
      return value as { [K in keyof F]: Value<F[K]> };
    },
    write: (w, v) => {
      for (let i = 0; i < keys.length; i++) (codecs[i] as Codec<unknown>).write(w, v[keys[i] as string]);
    },
  };
}

type Tagged<V extends Record<string, readonly [number, Codec<object>]>> = {
  [K in keyof V]: { readonly kind: K } & Value<V[K][1]>;
}[keyof V];

/** One of several structures, told apart by a first byte and, in TypeScript, by `kind`. An unknown byte fails. */
export function union<V extends Record<string, readonly [number, Codec<object>]>>(variants: V): Codec<Tagged<V>> {
  const byTag = new Map(Object.entries(variants).map(([kind, [tag, codec]]) => [tag, { kind, codec }]));
  return {
    read: (r) => {
      const variant = byTag.get(r.u8());
      if (variant === undefined || r.failed) {
        r.fail();
        return { kind: "" } as Tagged<V>;
      }
      return { kind: variant.kind, ...variant.codec.read(r) } as Tagged<V>;
    },
    write: (w, v) => {
      const [tag, codec] = variants[v.kind as string] as readonly [number, Codec<object>];
      w.u8(tag);
      codec.write(w, v);
    },
  };
}

function boundedLength(reader: ByteReader, most: number): number {
  const length = reader.varint();
  if (length <= most && length <= reader.left) return length;
  reader.fail();
  return 0;
}
