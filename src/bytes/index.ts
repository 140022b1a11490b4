export { ByteReader } from "./byte-reader.ts";
export { ByteWriter, varintLength } from "./byte-writer.ts";
export { compareBytes, concatBytes, equalBytes, fromHex, toHex, utf8 } from "./bytes.ts";
export type { Codec, Value } from "./codec.ts";
export {
  blob,
  decode,
  encode,
  fixed,
  flag,
  list,
  optional,
  struct,
  text,
  u16,
  u48,
  u8,
  union,
  varint,
} from "./codec.ts";
