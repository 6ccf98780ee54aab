(() => {
  const pair = document.querySelector(".pair.two");
  const handle = document.querySelector(".handle");
  if (!pair || !handle) return;
  const show = () => pair.style.setProperty("--shown", handle.value / 100);
  pair.classList.add("sliding");
  handle.hidden = false;
  document.querySelector(".slide").hidden = false;
  handle.addEventListener("input", show);
  show();
})();
