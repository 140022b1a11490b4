// `npm run test:seeds`: the simulator's tests with hundreds of seeds for each scenario; `-- 1000` for so many.

import { spawn } from "node:child_process";

const seeds = process.argv[2] ?? "200";
const tests = spawn(process.execPath, ["--test", "--test-concurrency=2", "test/sim/*.test.ts"], {
  env: { ...process.env, UDPCHAT_SEEDS: seeds },
  stdio: "inherit",
});
tests.on("close", (code) => {
  process.exitCode = code ?? 1;
});
