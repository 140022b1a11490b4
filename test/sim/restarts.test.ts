import { testScenario } from "./seeds.ts";

testScenario("restarts");
