import { testScenario } from "./seeds.ts";

testScenario("weather");
