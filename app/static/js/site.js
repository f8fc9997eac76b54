// On a narrow screen a page's table of contents starts closed, so that the text comes first.
if (window.matchMedia("(max-width: 800px)").matches) {
  for (const details of document.querySelectorAll(".contents details")) details.open = false;
}
// A menu closes when one clicks elsewhere or presses Escape.
const menus = document.querySelectorAll("details.menu");
document.addEventListener("click", (event) => {
  for (const menu of menus) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of menus) menu.open = false;
});
