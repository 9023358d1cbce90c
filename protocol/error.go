package protocol

import "errors"

// Code is a stable name for something a caller can tell apart. Clients show their own sentence for each.
type Code string

// The codes.
const (
	// The frame could not be read.
	CodeMalformed    Code = "malformed"     // not one JSON object of a known shape: duplicate field, trailing bytes, depth
	CodeUnknownType  Code = "unknown_type"  // no such frame
	CodeUnknownField Code = "unknown_field" // a field this version does not know, or in the wrong case
	CodeInvalid      Code = "invalid"       // a value is out of range
	CodeTooBig       Code = "too_big"       // over the frame size
	CodeTooLong      Code = "too_long"      // the text is over MaxText
	CodeEmpty        Code = "empty"         // nothing but space
	CodeNotHello     Code = "not_hello"     // the first frame must be hello

	// Who you are.
	CodeRefused   Code = "refused"    // secret, ticket, slip or words do not fit: one answer for all of them
	CodeSpent     Code = "spent"      // the slip has been used
	CodeForbidden Code = "forbidden"  // this role may not do that
	CodeHandle    Code = "handle"     // the handle is taken or not one of ours
	CodeNotFound  Code = "not_found"  // no such room, message, place or item
	CodeTooMany   Code = "too_many"   // too fast; wait until Until
	CodeWrongRoom Code = "wrong_room" // the id belongs to another room

	// The session as it is.
	CodeNoSession      Code = "no_session"      // the doors are closed tonight
	CodeOtherSession   Code = "other_session"   // the command was meant for another session
	CodeNotEntered     Code = "not_entered"     // enter first
	CodeAgreement      Code = "agreement"       // tonight's agreement, 18 or over, has to be accepted
	CodeFull           Code = "full"            // every seat is taken
	CodeRemoved        Code = "removed"         // asked to step out for tonight
	CodeNotYet         Code = "not_yet"         // members do not post in this phase
	CodePaused         Code = "paused"          // a quiet minute
	CodeMuted          Code = "muted"           // cannot post until Until
	CodeClosed         Code = "closed"          // the session is over
	CodeStale          Code = "stale"           // the item, phase or lease changed meanwhile
	CodeIDReused       Code = "id_reused"       // this id was used for something else
	CodeOwnItem        Code = "own_item"        // nobody decides about themselves
	CodeOutcome        Code = "outcome"         // this lane does not have that outcome
	CodeAlreadyOpen    Code = "already_open"    // the room has a session
	CodeAlreadyThere   Code = "already_there"   // it exists
	CodeUnavailable    Code = "unavailable"     // the server cannot do it now; nothing was kept; try again
	CodeUnknownOutcome Code = "unknown_outcome" // it may or may not be committed: send the same id again
)

// Error is an error a caller can tell apart. Cause, when set, is for the log only.
type Error struct {
	Code  Code
	Until int64 // Unix seconds; 0 is not known
	Cause error
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return string(e.Code) + ": " + e.Cause.Error()
	}
	return string(e.Code)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is makes errors.Is compare codes.
func (e *Error) Is(target error) bool {
	var other *Error
	return errors.As(target, &other) && other.Code == e.Code
}

// Err is an error with a code and nothing more.
func Err(code Code) error { return &Error{Code: code} }

// ErrCause is an error with a code and the cause the log may keep.
func ErrCause(code Code, cause error) error { return &Error{Code: code, Cause: cause} }

// CodeOf returns the code of err: CodeUnavailable when it has none, because then it is our fault.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeUnavailable
}

// UntilOf returns when trying again makes sense, in Unix seconds, or 0.
func UntilOf(err error) int64 {
	var e *Error
	if errors.As(err, &e) {
		return e.Until
	}
	return 0
}
