import assert from "node:assert/strict";
import { test } from "node:test";

import { EventQueue } from "../../src/client/event-queue.ts";
import { Journal } from "../../src/client/journal.ts";
import { TableNews } from "../../src/client/table-news.ts";

function desk() {
  const journal = new Journal();
  const events = new EventQueue();
  const news = new TableNews(events, journal);
  const told = (): readonly string[] => {
    const kinds: string[] = [];
    for (let event = events.shift(); event !== undefined; event = events.shift()) kinds.push(event.kind);
    return kinds;
  };
  return { journal, events, news, told };
}

test("a change is told at once, and further ones 200 ms later as one", () => {
  const { news, told } = desk();
  news.change();
  news.tell(0);
  assert.deepEqual(told(), ["tableUpdated"]);
  news.tell(1000);
  assert.deepEqual(told(), []);
  news.change();
  news.tell(1000);
  news.change();
  news.change();
  news.tell(1199);
  assert.equal(news.deadline, 1200);
  assert.deepEqual(told(), ["tableUpdated"]);
  news.tell(1200);
  assert.deepEqual(told(), ["tableUpdated"]);
  assert.equal(news.deadline, Number.POSITIVE_INFINITY);
});

test("a verdict that is being written comes first, and the table is due no more meanwhile", () => {
  const { journal, events, news, told } = desk();
  const mailKey = { secret: new Uint8Array(32), createdAtMs: 0 };
  journal.write({ kind: "putMailKey", mailKey }, () => events.push({ kind: "mailBegan" }));
  news.change();
  news.tell(0);
  assert.deepEqual([told(), news.deadline], [[], Number.POSITIVE_INFINITY]);
  journal.take();
  journal.applied(["done"], 5);
  assert.deepEqual(told(), ["mailBegan", "tableUpdated"]);
});

test("whoever was just welcomed is told whatever is being written, and whenever it was told last", () => {
  const { journal, news, told } = desk();
  news.change();
  news.tell(0);
  journal.write({ kind: "putMailKey", mailKey: { secret: new Uint8Array(32), createdAtMs: 0 } });
  news.change();
  news.begin(10);
  assert.deepEqual(told(), ["tableUpdated", "tableUpdated"]);
  assert.equal(news.deadline, Number.POSITIVE_INFINITY);
});
