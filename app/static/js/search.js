// Suggestions under a search box marked data-suggest: an ARIA combobox. Without this script the box is a plain form.
for (const input of document.querySelectorAll("input[data-suggest]")) combobox(input);

function combobox(input) {
  const list = document.createElement("ul");
  list.id = `${input.id}-suggestions`;
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "检索建议");
  const status = document.createElement("p");
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  input.after(list, status);
  const facts = { role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" };
  for (const [name, value] of Object.entries(facts)) input.setAttribute(name, value);
  let typed = input.value;
  let active = -1;
  let timer = 0;
  let asking = new AbortController();

  function close() {
    clearTimeout(timer);
    asking.abort();
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function show(suggestions) {
    active = -1;
    input.removeAttribute("aria-activedescendant");
    list.replaceChildren(...suggestions.map(option));
    list.hidden = suggestions.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    status.textContent = list.hidden ? "" : `有 ${suggestions.length} 条建议，用上下方向键选择`;
  }

  function option(suggestion, place) {
    const item = document.createElement("li");
    item.id = `${list.id}-${place}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.dataset.text = suggestion.text;
    const kind = document.createElement("span");
    kind.className = "suggestion-kind";
    kind.textContent = suggestion.kind;
    item.append(suggestion.text, kind);
    item.addEventListener("mousedown", (event) => event.preventDefault());  // the box keeps the focus
    item.addEventListener("click", () => choose(item.dataset.text));
    return item;
  }

  function choose(text) {
    input.value = text;
    close();
    input.form.requestSubmit();
  }

  function move(step) {
    const items = [...list.children];
    active = ((active + 1 + step + items.length + 1) % (items.length + 1)) - 1;  // one place is the box itself
    items.forEach((item, place) => item.setAttribute("aria-selected", String(place === active)));
    input.value = active < 0 ? typed : items[active].dataset.text;
    if (active < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", items[active].id);
      items[active].scrollIntoView({ block: "nearest" });
    }
  }

  async function ask() {
    asking.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(typed)}`, { signal: asking.signal });
      if (answer.ok) show((await answer.json()).suggestions);
    } catch (error) {
      if (error.name !== "AbortError") close();  // no suggestions is no harm: the form still works
    }
  }

  function later() {
    typed = input.value;
    clearTimeout(timer);
    if (typed.trim()) timer = setTimeout(ask, 120);
    else close();
  }

  input.addEventListener("input", (event) => event.isComposing || later());
  input.addEventListener("compositionend", later);
  input.addEventListener("blur", close);
  input.form.addEventListener("submit", close);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape" && !list.hidden) {
      input.value = typed;
      close();
      event.preventDefault();
      event.stopPropagation();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !list.hidden) {
      move(event.key === "ArrowDown" ? 1 : -1);
      event.preventDefault();
    }
  });
}
