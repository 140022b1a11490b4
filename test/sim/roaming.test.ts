import { testScenario } from "./seeds.ts";

testScenario("roaming");
