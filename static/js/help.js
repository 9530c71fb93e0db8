// The list of keys.

export function openHelp() {
  document.getElementById("help").showModal();
}

export function install() {
  document.getElementById("open-help").addEventListener("click", openHelp);
}
