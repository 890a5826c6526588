package access

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// The sentinels that every room understands. Each has one HTTP status, kept in
// one table in web; wrap them with %w to add the cause for the log.
var (
	// ErrNotFound says that the thing does not exist, or that the caller may
	// not know that it does: the two must look alike.
	ErrNotFound = errors.New("not found")
	// ErrForbidden says that the caller is known and may not do this. The
	// error is a *PermissionError where the missing permission can be named.
	ErrForbidden = errors.New("forbidden")
	// ErrUnauthenticated says that the caller could not be identified. It
	// never says which part of the credentials was wrong.
	ErrUnauthenticated = errors.New("unauthenticated")
	// ErrInvalid says that the input is bad. The error is an *InvalidError.
	ErrInvalid = errors.New("invalid")
	// ErrConflict says that the change collides with the present state, such
	// as a name that is taken. The error is a *ConflictError.
	ErrConflict = errors.New("conflict")
	// ErrStale says that the thing changed since the caller read it. The error
	// is a *StaleError where it is known who changed it.
	ErrStale = errors.New("changed meanwhile")
	// ErrThrottled says that the caller must wait. The error is a *ThrottledError.
	ErrThrottled = errors.New("throttled")
	// ErrUnavailable says that the store cannot serve at the moment (locked,
	// full disk, lost connection); nothing was changed.
	ErrUnavailable = errors.New("temporarily unavailable")
	// ErrAlreadyDone says that this very form was submitted before and took
	// effect then. The error is an *AlreadyDoneError.
	ErrAlreadyDone = errors.New("already done")
)

// FieldError is one thing that is wrong with one field. Message is a sentence
// for the person who typed it: what is wrong and how to mend it.
type FieldError struct {
	Field   string
	Message string
}

// InvalidError lists everything that is wrong with the input. It is ErrInvalid.
type InvalidError struct{ Fields []FieldError }

// Invalid makes an InvalidError about one field.
func Invalid(field, format string, args ...any) *InvalidError {
	return &InvalidError{Fields: []FieldError{{Field: field, Message: fmt.Sprintf(format, args...)}}}
}

func (e *InvalidError) Error() string {
	parts := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		parts[i] = f.Field + ": " + f.Message
	}
	return strings.Join(parts, " ")
}

func (e *InvalidError) Unwrap() error { return ErrInvalid }

// ConflictError says what the change collides with. It is ErrConflict.
type ConflictError struct {
	// Field is the input that collides, or empty.
	Field   string
	Message string
	// Exists says that exactly what was to be made is there already.
	Exists bool
}

func (e *ConflictError) Error() string { return e.Message }
func (e *ConflictError) Unwrap() error { return ErrConflict }

// StaleError says who changed the thing since it was read, and when. It is
// ErrStale.
type StaleError struct {
	By    string // the name of a person or an application
	At    time.Time
	Cause error
}

func (e *StaleError) Error() string {
	return fmt.Sprintf("%s changed it at %s: %v", e.By, timeText(e.At), e.Cause)
}

func (e *StaleError) Unwrap() error { return e.Cause }

// PermissionError names the permission that the caller lacks and where. It is
// ErrForbidden.
type PermissionError struct {
	Action   Action
	Resource ResourceType
	// ScopeName is the readable path of the scope, such as "acme / eu-1".
	ScopeName string
	// Message replaces the standard sentence where a special rule decided,
	// such as "nobody grants what they do not hold".
	Message string
}

func (e *PermissionError) Error() string {
	if e.Message != "" {
		return e.Message
	}
	return fmt.Sprintf("This needs the permission to %s %s in %s.", e.Action, e.Resource.DisplayName(), e.ScopeName)
}

func (e *PermissionError) Unwrap() error { return ErrForbidden }

// ThrottledError says how long to wait. It is ErrThrottled.
type ThrottledError struct{ RetryAfter time.Duration }

func (e *ThrottledError) Error() string {
	return fmt.Sprintf("Too many attempts. Try again in %s.", e.RetryAfter.Round(time.Second))
}

func (e *ThrottledError) Unwrap() error { return ErrThrottled }

// AlreadyDoneError names what the first submission of the form made. It is
// ErrAlreadyDone.
type AlreadyDoneError struct{ EntityID string }

func (e *AlreadyDoneError) Error() string { return "This form was already submitted." }
func (e *AlreadyDoneError) Unwrap() error { return ErrAlreadyDone }
