// The theme: applied at once, kept in the page's address, so that nothing is stored.

export function install() {
  for (const choice of document.querySelectorAll('input[name="theme"]')) {
    choice.addEventListener("change", () => {
      document.documentElement.dataset.theme = choice.value;
      const address = new URL(location.href);
      if (choice.value === "system") address.searchParams.delete("theme");
      else address.searchParams.set("theme", choice.value);
      history.replaceState(null, "", address);
    });
  }
}
