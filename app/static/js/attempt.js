// Taking a quiz: every answer is saved at once and kept on this device until the server has said it has it.
// `seq` counts the saves of a question: the server never lets an older one replace a newer. Without this script the page is a form.
"use strict";
const form = document.getElementById("attempt");
const box = (id) => document.getElementById(id);
const STORE = `attempt-${form.dataset.attempt}`;
const questions = new Map([...form.querySelectorAll("[data-key]")].map((set) => [set.dataset.key, set]));
const known = new Map(); // key -> the highest seq used so far
const unsent = new Map(Object.entries(read(STORE))); // key -> {chosen, seq}
const token = form.querySelector("[name=csrf_token]");
let sending = false, closed = false, tries = 0, retry = 0, ends = null;

function read(name) {
  try { return JSON.parse(localStorage.getItem(name)) || {}; } catch { return {}; }
}
function keep() {
  try {
    if (unsent.size) localStorage.setItem(STORE, JSON.stringify(Object.fromEntries(unsent)));
    else localStorage.removeItem(STORE);
  } catch { /* a full or forbidden store: the answers are still in the page */ }
}
const same = (a, b) => a.length === b.length && a.every((text, i) => text === b[i]);
const seqField = (key) => questions.get(key).querySelector(`[name="s-${key}"]`);
function chosenIn(set) {
  const texts = [...set.querySelectorAll(".blank")].map((input) => input.value);
  if (texts.length) return texts.some((text) => text.trim()) ? texts : [];
  return [...set.querySelectorAll(".options input:checked")].map((input) => input.value);
}
function put(set, chosen) {
  set.querySelectorAll(".blank").forEach((input, i) => { input.value = chosen[i] || ""; });
  set.querySelectorAll(".options input").forEach((input) => { input.checked = chosen.includes(input.value); });
}
function say(key, text, kind) {
  const line = questions.get(key).querySelector("[data-state]");
  line.textContent = text;
  line.dataset.kind = kind;
}
function sayAll() {
  const state = box("save-state");
  state.dataset.kind = unsent.size ? (tries ? "bad" : "busy") : "good";
  state.textContent = unsent.size ? (tries ? `${unsent.size} 题未保存，正在重试` : "保存中") : "已保存";
  const done = [...questions.values()].filter((set) => chosenIn(set).length).length;
  box("answered").textContent = `已答 ${done}/${questions.size} 题`;
}
function trouble(text) {
  box("trouble").textContent = text;
  box("trouble").hidden = !text;
}
function changed(key) {
  if (closed) return;
  const seq = known.get(key) + 1;
  known.set(key, seq);
  unsent.set(key, { chosen: chosenIn(questions.get(key)), seq });
  keep();
  say(key, "保存中", "busy");
  sayAll();
  flush();
}
// The server's answer to a question is the newer one: show it.
function adopt(key, kept, isNews) {
  known.set(key, kept.seq);
  seqField(key).value = kept.seq;
  put(questions.get(key), kept.chosen);
  say(key, isNews ? "已在另一个窗口或设备上改过，这里换成了那里的答案" : "已保存", isNews ? "news" : "good");
}
function acknowledge(sent, answers) {
  for (const [key, kept] of Object.entries(answers)) {
    const mine = sent[key], waiting = unsent.get(key);
    if (!mine || !waiting) continue;
    const isMine = kept.seq === mine.seq && same(kept.chosen, mine.chosen);
    if (isMine) seqField(key).value = kept.seq;
    if (isMine && waiting.seq === mine.seq) {
      unsent.delete(key);
      say(key, "已保存", "good");
    } else if (!isMine) {
      unsent.delete(key);
      adopt(key, kept, true);
    }
  }
  keep();
}
async function ask(url, options = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), 15000);
  try {
    return await fetch(url, { redirect: "manual", signal: stop.signal, ...options });
  } finally {
    clearTimeout(timer);
  }
}
const post = (url, body) => ask(url, {
  method: "POST", body, headers: { "Content-Type": "application/json", "X-CSRFToken": token.value },
});
async function flush() {
  if (sending || closed || !unsent.size) return;
  sending = true;
  clearTimeout(retry);
  const sent = Object.fromEntries(unsent);
  try {
    const response = await post(form.dataset.answers, JSON.stringify({ answers: sent }));
    if (response.ok) {
      acknowledge(sent, (await response.json()).answers);
      tries = 0;
      trouble("");
    } else await refused(response);
  } catch {
    tries += 1; // no connection, or one too slow
  }
  sending = false;
  if (closed) return;
  if (tries) for (const key of unsent.keys()) say(key, "未保存，正在重试", "bad");
  sayAll();
  if (unsent.size) retry = setTimeout(flush, tries ? Math.min(30000, 500 * 2 ** tries) * (0.75 + Math.random() / 2) : 0);
}
async function refused(response) {
  tries += 1;
  if (response.status === 409) return over((await response.json()).url);
  if (response.type === "opaqueredirect") return trouble("登录已过期。请在新窗口登录，再回到这一页；没存上的答案还在这台设备上，会自动补存。");
  if (response.status === 404) return trouble("这份答卷不属于现在登录的人，答案没有保存。请换回原来的账号登录。");
  if (response.status === 400) await sync(); // perhaps an old token: signed in anew in another window
}
function over(url) {
  closed = true;
  unsent.clear();
  keep();
  location.assign(url);
}
// What the server has: answers given elsewhere, the time left, a fresh token.
async function sync() {
  try {
    const response = await ask(form.dataset.answers);
    if (response.status === 409) return over((await response.json()).url);
    if (!response.ok) return;
    const now = await response.json();
    token.value = now.token;
    setEnd(now.left);
    for (const [key, kept] of Object.entries(now.answers)) {
      if (questions.has(key) && !unsent.has(key) && kept.seq > known.get(key)) adopt(key, kept, true);
    }
    sayAll();
  } catch { /* no connection: flush tells */ }
}
function setEnd(left) {
  ends = left === null || left === undefined ? null : performance.now() + left * 1000;
}
const spoken = new Set();
function tick() {
  if (ends === null || closed) return;
  const left = Math.max(0, Math.round((ends - performance.now()) / 1000));
  const clock = box("time-left");
  clock.textContent = `还剩 ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  clock.dataset.kind = left <= 60 ? "bad" : left <= 300 ? "news" : "";
  for (const minutes of [5, 1]) {
    if (left <= minutes * 60 && left > minutes * 60 - 5 && !spoken.has(minutes)) {
      spoken.add(minutes);
      box("time-spoken").textContent = `还剩 ${minutes} 分钟`;
    }
  }
  if (left === 0) handIn();
}
// Time is over: hand in what the server has. The server would do so too, at the next look.
async function handIn() {
  ends = null;
  trouble("时间到，正在交卷。");
  await flush();
  try {
    await post(form.dataset.submit, "");
    over(form.dataset.result);
  } catch {
    setTimeout(handIn, 5000);
  }
}

for (const [key, set] of questions) {
  const saved = Number(seqField(key).value), mine = unsent.get(key);
  known.set(key, Math.max(saved, mine ? mine.seq : 0));
  if (mine && mine.seq > saved) put(set, mine.chosen); // typed before the page was closed, never acknowledged
  else if (mine) unsent.delete(key);
  let pause = 0;
  set.addEventListener("change", () => { clearTimeout(pause); changed(key); });
  set.addEventListener("input", (event) => {
    if (!event.target.matches(".blank")) return;
    clearTimeout(pause);
    pause = setTimeout(() => changed(key), 600);
  });
}
for (const key of unsent.keys()) if (!questions.has(key)) unsent.delete(key);
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const wantsEnd = event.submitter && event.submitter.value === "submit";
  document.activeElement.blur(); // a text just typed is a change
  for (let i = 0; i < 20 && unsent.size && !tries; i += 1) {
    await flush();
    if (unsent.size && !tries) await new Promise((done) => { setTimeout(done, 100); });
  }
  if (unsent.size) trouble(`还有 ${unsent.size} 题没有存上，网络恢复后会自动补存。请等显示“已保存”再交卷。`);
  else if (wantsEnd) location.assign(form.dataset.confirm);
});
window.addEventListener("online", () => { tries = 0; flush(); });
window.addEventListener("focus", sync);
document.addEventListener("visibilitychange", () => { if (!document.hidden) sync(); });
window.addEventListener("beforeunload", (event) => { if (unsent.size && !closed) event.preventDefault(); });
setInterval(tick, 1000);
setInterval(sync, 60000);
if (form.dataset.left) setEnd(Number(form.dataset.left));
keep();
sayAll();
flush();
