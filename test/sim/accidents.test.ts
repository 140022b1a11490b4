import { testScenario } from "./seeds.ts";

testScenario("accidents");
