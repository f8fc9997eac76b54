// The form of a question works without this. Here: rows are added without a round trip, what a basis means is shown
// while it is typed, blanks follow the stem, and leaving with unsaved words asks first.
const form = document.querySelector("[data-question]");

function fieldNames(row, from, to) {
  const swap = (text) => text.replaceAll(from, to);
  for (const field of row.querySelectorAll("textarea, input")) {
    if (field.id) field.id = swap(field.id);
    if (field.type === "radio" || field.type === "checkbox") {
      field.value = to.match(/(\d+)-?$/)[1];
      field.checked = false;
    } else {
      field.name = swap(field.name);
      field.value = "";
      field.placeholder = field.placeholder;
    }
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }
  for (const label of row.querySelectorAll("label[for]")) label.htmlFor = swap(label.htmlFor);
  for (const error of row.querySelectorAll(".error")) error.remove();
}

function addRow(group) {
  const rows = group.querySelectorAll(".row-fields");
  const index = rows.length;
  if (index >= 6) return null;
  const row = rows[index - 1].cloneNode(true);
  const name = group.dataset.rows;
  fieldNames(row, `${name}-${index - 1}-`, `${name}-${index}-`);
  const [old, fresh] = name.endsWith("blanks") ? [`第 ${index} 空`, `第 ${index + 1} 空`] : ["ABCDEF"[index - 1], "ABCDEF"[index]];
  const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) walker.currentNode.data = walker.currentNode.data.replace(old, fresh);
  for (const field of row.querySelectorAll("[placeholder]")) field.placeholder = field.placeholder.replace(`选项 ${old}`, `选项 ${fresh}`);
  group.querySelector("ol").append(row);
  if (index === 5) group.querySelector("button").hidden = true;
  return row;
}

function showCitations(area) {
  const list = form.querySelector(`[data-cited-for="${area.name}"]`);
  const address = `${form.dataset.citations}?${new URLSearchParams({ text: area.value })}`;
  fetch(address).then((answer) => (answer.ok ? answer.json() : null)).then((found) => {
    if (!found || !list) return;
    list.replaceChildren(...found.citations.map((cited) => {
      const item = document.createElement("li");
      const shown = document.createElement(cited.fault ? "span" : "a");
      shown.className = cited.fault ? "error" : "citation";
      shown.textContent = cited.fault ? `“${cited.text}”：${cited.fault}` : cited.name;
      if (!cited.fault) Object.assign(shown, { href: cited.url, target: "_blank", rel: "noopener" });
      item.append(shown);
      return item;
    }));
  }).catch(() => {}); // on a bad line the basis is looked up when the question is saved
}

if (form) {
  let changed = "changed" in form.dataset;
  let waiting = 0;
  form.addEventListener("input", (event) => {
    changed = true;
    const field = event.target;
    if ("cites" in field.dataset) {
      clearTimeout(waiting);
      waiting = setTimeout(() => showCitations(field), 400);
    }
    const stem = field.name && field.name.match(/^((?:parts-\d-)?)stem$/);
    const group = stem && form.querySelector(`[data-rows="${stem[1]}blanks"]`);
    if (group) while (group.querySelectorAll(".row-fields").length < field.value.split("____").length - 1 && addRow(group));
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-rows] > button");
    if (!button) return;
    const row = addRow(button.parentElement);
    if (!row) return;
    event.preventDefault();
    changed = true;
    row.querySelector("textarea").focus();
  });
  form.addEventListener("submit", () => { changed = false; });
  window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
}
