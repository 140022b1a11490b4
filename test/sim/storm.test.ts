import { testScenario } from "./seeds.ts";

testScenario("storm");
