// What a simulated world promised and what happened, as lines for people. Pure.

import type { Report } from "#sim";

import { histogram, percentile } from "./histogram.ts";
import type { SimArguments } from "./read-sim.ts";

/** Broken promises that are named one by one. */
const mostNamed = 20;

/** The network that was asked for. */
export function simHead({ clients, minutes, scenario, seed, weather }: SimArguments): readonly string[] {
  const { burst, corrupt, delayMs, duplicate, jitterMs, loss } = weather;
  const inRow = burst > 1 ? ` (${burst} in a row)` : "";
  return [
    `${clients} clients and a server, ${minutes} min of talk in virtual time, scenario ${scenario}, seed ${seed}`,
    `Each way ${delayMs} to ${delayMs + jitterMs} ms, ${percent(loss)} lost${inRow}, ${percent(duplicate)} doubled, ${percent(corrupt)} damaged`,
  ];
}

/** What came of it; the last line says whether all was kept. */
export function simReport(report: Report): readonly string[] {
  return [
    "",
    ...network(report),
    "",
    "Promised, and what happened",
    ...promises(report),
    "",
    ...delays(report.delaysMs),
    "",
    "Repaired on the way",
    ...repairs(report),
    "",
    ...verdict(report.violations),
  ];
}

function network({ dealt }: Report): readonly string[] {
  const { carried, damaged, doubled, lost, overtaking } = dealt;
  const part = (count: number): string => percent(count / Math.max(1, carried));
  return [
    `The network: ${number(carried)} datagrams, ${part(lost)} lost, ${part(doubled)} doubled, ${part(damaged)} damaged, ${part(overtaking)} overtook others`,
  ];
}

function promises({ counts }: Report): readonly string[] {
  const { doubled, interrupted, late, lost, neverSafe, posts, postsShown, reordered } = counts;
  const { exists, notDelivered, received, said, saved, shown } = counts;
  const excused = [
    ...(neverSafe > 0 ? [`, ${number(neverSafe)} died with their sender before they were on its disk`] : []),
    ...(interrupted > 0 ? [`, ${number(interrupted)} taken by a crash between disk and screen`] : []),
  ].join("");
  const marked = late > 0 ? `, ${number(late)} late and marked so` : "";
  return [
    row("shown once", `${number(said)} said, ${number(shown)} shown${excused}, ${lost} lost, ${doubled} doubled`),
    row("in the order said", `${reordered} reordered${marked}`),
    row(
      "or the sender reads",
      `${number(received)} received, ${number(saved)} saved, ${number(exists)} handed over, ${number(notDelivered)} not delivered`,
    ),
    ...(posts > 0 ? [row("groups and everybody", `${number(posts)} posts, shown ${number(postsShown)} times`)] : []),
  ];
}

function delays(sorted: readonly number[]): readonly string[] {
  if (sorted.length === 0) return ["Nothing was said from one to another."];
  const at = (part: number): string => percentile(sorted, part).toFixed(1);
  return [
    "From said to shown, ms, with what waited for who was away or in a group",
    ...histogram(sorted).map((line) => `  ${line}`),
    `  p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}, longest ${at(1)}`,
  ];
}

function repairs({ counts, recoveries }: Report): readonly string[] {
  const { gapsFilledByMail, gapsFilledBySender, gapsGivenUp, duplicatesDropped, putOut, receiptsForAway } = counts;
  const { packets, packetsDropped, packetsLost, retransmissions, secondCopies } = recoveries;
  const { bothOpened, cookiesAsked, keysRenewed, resets } = recoveries;
  const { sessionsMoved, sessionsOpened, sessionsSuperseded } = recoveries;
  return [
    row("packets", `${number(packets)} sent, ${number(packetsLost)} taken for lost`),
    row(
      "messages",
      `${number(retransmissions)} parts sent again, ${number(secondCopies)} second copies, ${number(duplicatesDropped)} that were there`,
    ),
    row("refused", `${number(packetsDropped)} packets that came twice or damaged`),
    row(
      "sessions",
      `${sessionsOpened} opened, ${sessionsMoved} moved, ${sessionsSuperseded} replaced, ${bothOpened} of them as both opened`,
    ),
    row(
      "handshakes",
      `${cookiesAsked} cookies asked, ${keysRenewed} keys renewed, ${resets} resets of a restarted server`,
    ),
    row("gaps", `${gapsFilledByMail} filled by mail, ${gapsFilledBySender} by the sender, ${gapsGivenUp} given up`),
    row("people", `${receiptsForAway} receipts kept for who was away, ${putOut} put out of a group`),
  ];
}

function verdict(violations: readonly string[]): readonly string[] {
  if (violations.length === 0) return ["Every promise was kept."];
  const named = violations.slice(0, mostNamed).map((each) => `  BROKEN: ${each}`);
  const more = violations.length > mostNamed ? [`  and ${violations.length - mostNamed} more`] : [];
  return [...named, ...more, `${violations.length} broken.`];
}

function row(what: string, happened: string): string {
  return `  ${what.padEnd(20)}  ${happened}`;
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1).replace(/\.0$/, "")} %`;
}

/** With a comma between thousands. */
function number(value: number): string {
  return String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
}
