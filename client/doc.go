// Package client talks to a Porchlight server: it connects, enters a room, says things and reads what happens, and comes
// back by itself when the line is cut. Terminal clients, tests and the demo's people use it.
//
//	c := client.New(client.Config{URL: "http://127.0.0.1:8080", Room: "evening", Secret: secret})
//	go c.Run(ctx)
//	welcome, err := c.Ready(ctx)
//	_, err = c.Do(ctx, func(h protocol.CommandHead) protocol.Command {
//		return protocol.Enter{CommandHead: h, Agreed: welcome.Agreement, Adult: true}
//	})
//	for event := range c.Events() {
//		if r, ok := event.(client.Record); ok { … }
//	}
//
// Do returns when the server has committed the command or refused it. A command whose answer was lost is sent again under
// the same id, and the server answers it without doing it twice. Records of each stream come once and in order.
package client
