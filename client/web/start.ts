// What the page says about itself: which room, and whether tonight's agreement was just accepted. The address says none of
// it any more.
export const root = document.getElementById("app")!
export const { room: id = "", agreed = "", listen, name = "" } = root.dataset
history.replaceState(null, "", location.pathname)
