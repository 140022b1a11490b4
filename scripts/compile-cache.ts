// What Node makes of the sources is kept for the next process: the tests are some hundred processes that load the same
// files, and start others. Loaded by `--import`; where the folder cannot be written, nothing is kept.

import { enableCompileCache } from "node:module";
import { join } from "node:path";

const folder = join(import.meta.dirname, "..", "node_modules", ".cache", "udpchat-tests");
enableCompileCache(folder);
process.env["NODE_COMPILE_CACHE"] ??= folder;
