import { testScenario } from "./seeds.ts";

testScenario("cuts");
