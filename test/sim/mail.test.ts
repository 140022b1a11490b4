import { testScenario } from "./seeds.ts";

testScenario("mail");
