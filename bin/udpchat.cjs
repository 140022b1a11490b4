#!/usr/bin/env node
// The installed program, in words that any Node.js reads, because an old one is to be told so in a sentence.
"use strict";

var version = process.versions.node;

if (Number(version.split(".")[0]) >= 24) {
  require("../dist/cli/start.js");
} else {
  console.error("udpchat: got Node.js " + version + ", expected 24 or newer; install it from https://nodejs.org");
  process.exitCode = 1;
}
