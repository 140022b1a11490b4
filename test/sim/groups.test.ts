import { testScenario } from "./seeds.ts";

testScenario("groups");
