// Writes of one turn of the event loop leave together, as a stream's users are told to do (`cork` in Node's documentation).

import { type Writable } from "node:stream";

export function writeCorked(stream: Writable, bytes: Buffer | string): void {
  if (stream.writableCorked === 0) {
    stream.cork();
    process.nextTick(() => stream.uncork());
  }
  stream.write(bytes);
}
