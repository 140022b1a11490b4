import { testScenario } from "./seeds.ts";

testScenario("crashes");
