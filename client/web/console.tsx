import { render } from "preact"
import { ConsoleView } from "./console_view"
import { Queue } from "./queue"
import { Room } from "./room"
import { id, name, root } from "./start"

const room = new Room(id, "facilitator", "", false)
render(<ConsoleView room={room} queue={new Queue(room)} name={name} />, root)
