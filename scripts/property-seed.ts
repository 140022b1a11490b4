// Loaded before the units: properties draw the same inputs in each run, so that what lands does not hang on luck. Other ones
// with UDPCHAT_PROPERTY_SEED=7.

import fc from "fast-check";

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env["UDPCHAT_PROPERTY_SEED"] ?? 1) });
