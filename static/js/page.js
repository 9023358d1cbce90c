// What pages do with a script, and live without: leaving fast, taking a code out of the address, copying, printing.
const one = (selector) => document.querySelector(selector)

// Quick exit blanks the page at once, forgets what this tab kept, and replaces it, so that Back does not lead here.
const exit = one("#exit")
exit?.addEventListener("click", (event) => {
  event.preventDefault()
  document.documentElement.className = "blank"
  document.title = ""
  dispatchEvent(new Event("porchlight-exit"))
  try {
    sessionStorage.clear()
  } catch {
    // storage may be forbidden: leaving matters more
  }
  location.replace(exit.href)
})
addEventListener("pageshow", (event) => {
  // A page that comes back from the browser's memory after Quick exit stays blank until it is loaded anew.
  if (event.persisted && document.documentElement.className === "blank") location.reload()
})

// A code in the fragment never reached a log; it leaves the history too.
const code = one("#code")
if (code && location.hash.length > 8) {
  code.value = decodeURIComponent(location.hash.slice(1))
  history.replaceState(null, "", location.pathname)
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false
  button.addEventListener("click", async () => {
    const words = [...document.querySelectorAll(button.dataset.copy)].map((e) => e.textContent.trim())
    await navigator.clipboard.writeText(words.join(" "))
    const said = one(button.dataset.said)
    if (said) said.textContent = button.dataset.done
  })
}
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false
  button.addEventListener("click", () => print())
}

// A closed door looks again by itself, gently, while somebody is looking at it.
const wait = one("[data-door]")
if (wait) {
  const look = async () => {
    if (document.hidden) return
    try {
      const door = await (await fetch(wait.dataset.door)).json()
      if (door.open && !door.full) location.reload()
    } catch {
      // the next look may work
    }
  }
  setInterval(look, 20000)
  addEventListener("visibilitychange", look)
}
