// The board renews itself every five seconds while it is looked at. Without this script the page reloads itself.
"use strict";
const board = document.getElementById("board");
const state = document.getElementById("board-state");
let shown = null, isFinal = board.hasAttribute("data-final");

async function renew() {
  if (isFinal || document.hidden) return;
  try {
    const response = await fetch(board.dataset.url, { redirect: "manual" });
    if (response.type === "opaqueredirect") { state.textContent = "登录已过期，请重新登录后再看。"; return; }
    if (!response.ok) throw new Error(response.status);
    const news = await response.json();
    if (news.html !== shown) board.innerHTML = news.html;
    shown = news.html;
    isFinal = news.is_final;
    state.textContent = isFinal ? "" : `${news.at} 更新，每 5 秒自动更新。`;
  } catch { state.textContent = "连接中断，正在重试；上面是断开前的排名。"; }
}
setInterval(renew, 5000);
document.addEventListener("visibilitychange", renew);
