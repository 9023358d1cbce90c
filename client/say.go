package client

import (
	"context"

	"porchlight/protocol"
)

// Enter takes a place, tonight's agreement accepted.
func (c *Client) Enter(ctx context.Context) error {
	w, err := c.Ready(ctx)
	if err != nil {
		return err
	}
	_, err = c.Do(ctx, func(h protocol.CommandHead) protocol.Command {
		return protocol.Enter{CommandHead: h, Agreed: w.Agreement, Adult: true}
	})
	return err
}

// Say posts words; the ack tells whether the room sees them (posted) or a facilitator reads them first (held).
func (c *Client) Say(ctx context.Context, text string) (protocol.Ack, error) {
	return c.Do(ctx, func(h protocol.CommandHead) protocol.Command { return protocol.Say{CommandHead: h, Text: text} })
}

// SayAnyway posts words that got a second look.
func (c *Client) SayAnyway(ctx context.Context, text string) (protocol.Ack, error) {
	return c.Do(ctx, func(h protocol.CommandHead) protocol.Command {
		return protocol.Say{CommandHead: h, Text: text, Anyway: true}
	})
}

// Report says that message n breaks the agreement.
func (c *Client) Report(ctx context.Context, n int64, note string) error {
	_, err := c.Do(ctx, func(h protocol.CommandHead) protocol.Command {
		return protocol.Report{CommandHead: h, N: n, Note: note}
	})
	return err
}

// Withdraw takes the client's own message n back.
func (c *Client) Withdraw(ctx context.Context, n int64) error {
	_, err := c.Do(ctx, func(h protocol.CommandHead) protocol.Command { return protocol.Withdraw{CommandHead: h, N: n} })
	return err
}

// MovePhase moves the session on, as a facilitator.
func (c *Client) MovePhase(ctx context.Context, from, to protocol.Phase, topic string) error {
	_, err := c.Do(ctx, func(h protocol.CommandHead) protocol.Command {
		return protocol.MovePhase{CommandHead: h, From: from, To: to, Topic: topic}
	})
	return err
}

// Close ends the session, as a facilitator.
func (c *Client) Close(ctx context.Context) error {
	_, err := c.Do(ctx, func(h protocol.CommandHead) protocol.Command { return protocol.Close{CommandHead: h} })
	return err
}
