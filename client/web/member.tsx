import { render } from "preact"
import { Room } from "./room"
import { RoomView } from "./room_view"
import { agreed, id, listen, root } from "./start"

render(<RoomView room={new Room(id, "member", agreed, listen === "1")} />, root)
